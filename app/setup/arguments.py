"""The flags of `checkout-bot setup`: each setting's name in kebab case, and what the first catalogue needs."""

import argparse
from collections.abc import Callable

from app.settings import FORMS
from app.settings_meanings import MEANINGS
from app.settings_sources import pasted
from app.setup.choice import SHOP_FLAGS, Chosen, flag_of
from checkout.sentence import N_


def add_arguments(parser: argparse.ArgumentParser, say: Callable[[str], str] = str) -> None:
    """``say`` has each text in the reader's language."""
    parser.allow_abbrev = False
    parser.usage = "checkout-bot setup [--bot-token VALUE] [--stripe-secret-key VALUE] [...]"
    settings = parser.add_argument_group(say(N_("settings (docs/settings.md says what each looks like)")))
    for name in FORMS:
        settings.add_argument(flag_of(name), dest=name, metavar="VALUE", help=say(MEANINGS[name]))
    shop = parser.add_argument_group(say(N_("the first catalogue")))
    for name, meaning in SHOP_FLAGS.items():
        shop.add_argument(flag_of(name), metavar="VALUE", help=say(meaning))
    removing = parser.add_argument_group(say(N_("what is removed only when it is said")))
    removing.add_argument(
        "--remove-telegram-webhook",
        action="store_true",
        help=say(N_("the bot's webhook, where it leads to another address")),
    )
    removing.add_argument(
        "--delete-old-endpoints",
        action="store_true",
        help=say(N_("this shop's endpoints at Stripe that lead to other addresses")),
    )
    rolled = parser.add_argument_group(say(N_("what Stripe does not tell")))
    rolled.add_argument(
        "--stripe-secret-rolled",
        action="store_true",
        help=say(N_("STRIPE_WEBHOOK_SECRET is what the endpoint got by Roll secret in the dashboard")),
    )


def chosen_of(arguments: argparse.Namespace) -> Chosen:
    """An empty answer counts as none."""
    given = vars(arguments)
    return Chosen(
        settings={name: value for name in FORMS if (value := pasted(given[name] or ""))},
        shop={name: given[name].strip() for name in SHOP_FLAGS if (given[name] or "").strip()},
        may_remove_webhook=arguments.remove_telegram_webhook,
        may_delete_endpoints=arguments.delete_old_endpoints,
        is_stripe_secret_rolled=arguments.stripe_secret_rolled,
    )
