"""Audiences for ad platforms: who may be sent, as what, how, and the receipt."""
