"""The checks, a module for each tier; `livens_conformance.checking.all_checks` lists them."""
