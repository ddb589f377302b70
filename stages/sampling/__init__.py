"""What training SGNS and looking at its vectors draw alike: token streams, windows, noise."""
