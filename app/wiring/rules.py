"""What the planner of events must know of this shop, in `serve` and `reconcile` alike."""

from functools import partial

from app.settings import Settings
from checkout.model.catalog import Catalog
from checkout.model.daily_totals import days_in
from checkout.model.verification import Hasher
from checkout.notifications.handover import handover_of
from checkout.payments.older_copy import OlderCopy
from checkout.payments.rules import Rules


def rules_of(settings: Settings, catalog: Catalog, hasher: Hasher, older_copy: OlderCopy) -> Rules:
    return Rules(
        shop_id=catalog.shop.shop_id,
        admin_ids=settings.admin_ids,
        pay_link_lifetime=settings.pay_link_ttl,
        pay_token=hasher.pay_token,
        livemode=settings.livemode,
        handover_of=partial(handover_of, catalog),
        day_of=days_in(catalog.shop.timezone),
        put_back_at=older_copy.put_back_at,
        numbers_up_to=older_copy.numbers_up_to,
    )
