"""Runs the tables that run.sh names."""
import argparse

import networks
import photos

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--rows", default="")
parser.add_argument("--tables", default="float32,bfloat16,timm,photos")
options = parser.parse_args()
words = [word for word in options.rows.split(",") if word]
for name in options.tables.split(","):
    if name in networks.TABLES:
        networks.table(name, options.rounds, words)
    elif name == "photos":
        photos.table(options.rounds, words)
    else:
        parser.error(f"there is no table '{name}': float32, bfloat16, timm or photos")
