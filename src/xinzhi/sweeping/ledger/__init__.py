"""The ledger of sweeps: which jobs there are, who does them, what came of them."""
