"""``python -m livens_conformance``."""

from livens_conformance.command import main

raise SystemExit(main())
