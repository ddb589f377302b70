"""The contrastive lens: what the geometry of saved vectors says, without any label."""
