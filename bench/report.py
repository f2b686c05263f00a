"""How a result is printed."""


def line(name: str, value: str, bound: str = "") -> None:
    print(f"  {name:<58}{value:>12}   {bound}")
