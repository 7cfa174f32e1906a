"""The stages run one after the other, each resumable."""
