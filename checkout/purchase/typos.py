"""Addresses that look mistyped: nearly one of a large provider's, Russian or international."""

import re

# With every ending that the provider gives addresses under; the likelier ones first.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "gmail": ("com",),
    "yandex": ("ru", "com", "by", "kz", "ua", "uz", "com.tr", "com.am", "com.ge", "co.il", "az", "ee", "fr", "kg", "lt",
               "lv", "md", "tj", "tm"),
    "mail": ("ru", "com", "ee", "de", "bg", "kz", "by", "ua"),
    "bk": ("ru",),
    "list": ("ru",),
    "inbox": ("ru", "lv", "lt", "ee"),
    "internet": ("ru",),
    "rambler": ("ru", "ua"),
    "lenta": ("ru",),
    "ya": ("ru",),
    "vk": ("com",),
    "outlook": ("com", "de", "fr", "es", "it", "pt", "cz", "jp", "kr", "at", "be", "dk", "ie", "in", "co.id", "com.br",
                "com.au", "com.tr"),
    "hotmail": ("com", "co.uk", "de", "fr", "it", "es", "nl", "be", "ca", "ch", "com.br", "com.ar", "com.tr", "co.jp"),
    "live": ("com", "ru", "co.uk", "de", "fr", "it", "nl", "be", "ca", "com.au", "com.pt", "dk", "no", "se", "jp"),
    "msn": ("com",),
    "yahoo": ("com", "co.uk", "de", "fr", "it", "es", "ca", "in", "co.in", "co.jp", "com.br", "com.ar", "com.mx",
              "com.au", "com.tr", "gr", "ie", "pl", "ro", "se", "dk", "no", "fi", "com.vn", "co.id"),
    "ymail": ("com",),
    "email": ("com", "de", "cz"),
    "icloud": ("com",),
    "me": ("com",),
    "mac": ("com",),
    "aol": ("com", "de", "fr", "it", "co.uk"),
    "proton": ("me",),
    "protonmail": ("com", "ch"),
    "tutanota": ("com", "de"),
    "fastmail": ("com", "fm"),
    "zoho": ("com", "eu"),
    "gmx": ("de", "net", "com", "at", "ch", "fr", "es", "co.uk", "us"),
    "web": ("de",),
    "freenet": ("de",),
    "t-online": ("de",),
    "orange": ("fr",),
    "laposte": ("net",),
    "libero": ("it",),
    "ukr": ("net",),
    "tut": ("by",),
    "seznam": ("cz",),
}  # fmt: skip
ONE_ENDING_OF_ALL = frozenset({"gmail", "icloud"})  # under any other it is nobody's, or somebody who waits for typos
ALSO_KNOWN = frozenset({"googlemail.com", "hotmail.ru"})
# A whole word, as nearly everybody's is, o'brien's too; it may stand beside anything that is no part of one.
PLAIN_ADDRESS = re.compile(
    r"(?<![\w@.%+-])(?<![\w'’&]['’&])[a-z0-9](?:[a-z0-9_.%+'’&-]*[a-z0-9_%+-])?"
    r"@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?![\w@-])",
    re.IGNORECASE,
)
TWICE = re.compile(r"@\s*@+")
SHORTEST = 4  # letters of a name that is still known with a slip in it: of three every other one is near


def likely_typo(email: str) -> str | None:
    """The address at a large provider that this one probably meant; None when all looks well."""
    local, _, domain = email.rpartition("@")
    name, _, ending = domain.partition(".")
    if domain in ALSO_KNOWN or ending in PROVIDERS.get(name, ()):
        return None
    if name in ONE_ENDING_OF_ALL:
        return f"{local}@{name}.{PROVIDERS[name][0]}"
    near = [
        (slips, f"{local}@{known}.{one}")
        for known, endings in PROVIDERS.items()
        for one in endings
        if (slips := _slips(name, known) + _slips(ending, one)) <= 2 and (name == known or len(known) >= SHORTEST)
    ]
    return min(near, key=lambda found: found[0])[1] if near else None


def without_ending(typed: str) -> str:
    """The address that ``anna@gmail`` was to be; what is no name of a large provider comes back as it is."""
    _, _, name = typed.rpartition("@")
    return f"{typed}.{PROVIDERS[name.lower()][0]}" if name.lower() in PROVIDERS else typed


def only_address(typed: str) -> str:
    """The one in “it is anna@example.com thanks”, or in “E-mail:anna @ example.com?”: whether what stands beside it
    is a part of it, only a person knows."""
    written = "@".join(part.strip() for part in typed.split("@"))
    found = [address.lower() for address in PLAIN_ADDRESS.findall(written)]
    return found[0] if len(set(found)) == 1 and len(found) == typed.count("@") else ""


def without_spaces(typed: str) -> str:
    """As phones write it, which put one behind every point: “anna@example. com”."""
    return "".join(typed.split()) if typed.count("@") == 1 else ""


def with_points(typed: str) -> str:
    """For the comma that lies beside the point, the point that was typed twice, and a provider's that was left out:
    “anna@example,com”, “anna@gmail com”."""
    name, _, domain = without_spaces(TWICE.sub("@", typed)).rpartition("@")
    words = [word for word in re.split("[.,;:/]+", domain) if word]
    whole = {f"{known}{ending}": (known, ending) for known, endings in PROVIDERS.items() for ending in endings}
    return without_ending(f"{name}@{'.'.join(whole.get(''.join(words).lower(), words))}")


def _slips(typed: str, meant: str) -> int:
    """0 or 1, and 3 for more than one."""
    return 0 if typed == meant else 1 if _one_slip_apart(typed, meant) else 3


def _one_slip_apart(typed: str, meant: str) -> bool:
    """One letter dropped, doubled, changed or swapped with its neighbour (Damerau's four slips)."""
    if len(typed) == len(meant):
        differing = [cursor for cursor in range(len(typed)) if typed[cursor] != meant[cursor]]
        if len(differing) == 2 and differing[1] == differing[0] + 1:
            first, second = differing
            return (typed[first], typed[second]) == (meant[second], meant[first])
        return len(differing) == 1
    longer, shorter = (typed, meant) if len(typed) > len(meant) else (meant, typed)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:cursor] + longer[cursor + 1 :] == shorter for cursor in range(len(longer)))
