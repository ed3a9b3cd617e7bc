"""A Hydra sweeper for any application: `hydra/sweeper=xinzhi`."""
