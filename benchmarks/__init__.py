"""Figures beside their floor, measured in the same run: `./huyuan bench NAME`. See README.md."""
