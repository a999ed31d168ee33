"""What ``python -m ipykernel_launcher`` starts while this folder is on the path: livens."""

from __future__ import annotations

from livens.__main__ import main

if __name__ == "__main__":
    main()
