"""Every file that passes between stages, a module a folder: its name, form, reading, writing."""
