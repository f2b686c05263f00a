"""What `--help` says of each command; docs/commands.md is made of the same words."""

from collections.abc import Mapping
from dataclasses import dataclass

from checkout.sentence import N_

EXIT_CODES: Mapping[int, str] = {
    0: N_("done; nothing is left to do"),
    1: N_("not done, or not all of it: what is wrong and what helps stands on standard error, a line each"),
    2: N_("the command line is wrong (nothing was done); of doctor also: something could not be looked at"),
    130: N_("ended by Ctrl-C; `serve` and `sandbox` end with 0 then"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """``says`` is one line for the list of commands, ``more`` whatever else must be known, ``examples`` whole lines."""

    says: str
    more: str
    examples: tuple[str, ...]

    def epilog(self, example: str) -> str:
        """``example`` stands before the first."""
        return "".join(
            f"{example if number == 0 else ' ' * len(example)} {line}\n" for number, line in enumerate(self.examples)
        )


COMMANDS: Mapping[str, Words] = {
    "sandbox": Words(
        N_("try everything on this machine, without accounts or money"),
        N_(
            "The real application against stand-ins of Telegram, Stripe and Resend, with a desk in the browser. "
            "`make run` does this, in the folder that the program came in. It ends with Ctrl-C."
        ),
        ("checkout-bot sandbox --port 8000 --no-browser",),
    ),
    "serve": Words(
        N_("run the shop"),
        N_(
            "Chat, pay page, webhooks and all that leaves. It brings the database to the newest schema first, and "
            "ends within ten seconds of SIGTERM or Ctrl-C, with 0."
        ),
        ("checkout-bot serve",),
    ),
    "migrate": Words(
        N_("bring the database to the newest schema"),
        N_("`serve` does it too. Nobody waits for it, and it may be interrupted anywhere."),
        ("checkout-bot migrate",),
    ),
    "reconcile": Words(
        N_("ask Stripe for what the database has not seen"),
        N_("Safe beside `serve`, which does it at its start and every ten minutes."),
        ("checkout-bot reconcile --since 30d",),
    ),
    "backup": Words(
        N_("copy the SQLite database while the shop is open"),
        N_(
            "The copy is checked before it takes FILE's place; until then an older FILE stays. On PostgreSQL the "
            "command for pg_dump is shown instead, and the exit code is 1."
        ),
        ("checkout-bot backup /backups/checkout.db",),
    ),
    "copy": Words(
        N_("move the shop to another database, SQLite or PostgreSQL"),
        N_(
            "Copies a whole database into an empty one, in either direction, and compares the two. Stop the shop "
            "first; nobody is told anything. Keep a password in PGPASSWORD rather than in an address."
        ),
        ("checkout-bot copy sqlite:///data/checkout.db postgresql://checkout@localhost/checkout",),
    ),
    "export": Words(
        N_("write the payments into a CSV file"),
        N_("Safe to open in a spreadsheet, and safe beside `serve`."),
        ("checkout-bot export --since 30d --status paid payments.csv",),
    ),
    "setup": Words(
        N_("from nothing to a shop: asks, checks, writes .env, tells the services"),
        N_(
            "Asks for what is missing, checks each key by a call, writes .env and a first catalogue, and tells "
            "Stripe, Resend and Telegram what they need to know. Safe to repeat. Without a terminal nothing is "
            "asked, and what is missing is said. Secrets are better typed, or put into a file that NAME_FILE "
            "names, than given as a flag: others on this machine see it. Exit code: 0 when nothing remains to be "
            "done, 1 when something does."
        ),
        (
            "checkout-bot setup",
            "checkout-bot setup --public-url https://pay.example.com --shop-name 'Night Market' --product-price 19.00",
        ),
    ),
    "doctor": Words(
        N_("look at settings and states, and say how to mend what is wrong"),
        N_(
            "Asks the real services about every setting, and looks at what has happened. It speaks English, or "
            "Russian where the terminal does (LC_ALL, LC_MESSAGES, LANG). Exit code: 0 all is well, 1 something "
            "is to be mended, 2 something could not be looked at."
        ),
        ("checkout-bot doctor --probe", "checkout-bot doctor --json"),
    ),
    "check": Words(
        N_("read the catalogue and name every mistake in it"),
        N_("No setting but CATALOG is asked for, and no service."),
        ("checkout-bot check",),
    ),
}
