"""What follows a payment: refunds, disputes, early fraud warnings."""

from sandbox.fake_stripe import refund_objects
from sandbox.fake_stripe.currencies import told
from sandbox.fake_stripe.errors import invalid
from sandbox.fake_stripe.objects import Wire
from sandbox.fake_stripe.store import Store, Timers

_WINNING, _LOSING = "winning_evidence", "losing_evidence"  # documented texts that decide a test dispute


class Aftermath:
    """Refunds and disputes charges; what takes time takes `settle_seconds`."""

    def __init__(self, store: Store, timers: Timers, settle_seconds: float) -> None:
        self._store, self._timers, self._settle_seconds = store, timers, settle_seconds

    def after_payment(self, charge: Wire) -> None:
        """Starts what the card that paid is known for."""
        after = self._store.cards[charge["payment_method"]].card.after
        wait = self._settle_seconds
        if after == "dispute":
            self._timers.after(wait, self.dispute, charge, "fraudulent")
        elif after == "not_received":
            self._timers.after(wait, self.dispute, charge, "product_not_received")
        elif after == "inquiry":
            self._timers.after(wait, self.dispute, charge, "fraudulent", "warning_needs_response")
        elif after == "fraud_warning":
            self._timers.after(wait, self.warn, charge)

    def refund(self, params: Wire) -> Wire:
        """By `charge` or `payment_intent`. Raises ApiError for more than is left, or nothing left."""
        charge = self._charge_to_refund(params)
        if charge["disputed"] and not self._refundable_despite_dispute(charge):
            raise invalid(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = params.get("amount", left)
        if amount < 1:
            raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
        if amount > left:
            asked, rest = told(amount, charge["currency"]), told(left, charge["currency"])
            raise invalid(f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", "amount")
        return self._give_back(charge, amount, params)

    def _refundable_despite_dispute(self, charge: Wire) -> bool:
        disputes = [d for d in self._store.disputes.values() if d["charge"] == charge["id"]]
        return all(d["is_charge_refundable"] or d["status"] == "won" for d in disputes)

    def _charge_to_refund(self, params: Wire) -> Wire:
        given = [name for name in ("charge", "payment_intent") if name in params]
        if len(given) != 1:
            raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
        if given == ["charge"]:
            charge = self._store.find("charge", params["charge"], "charge", 400)
        else:
            intent = self._store.find("payment_intent", params["payment_intent"], "payment_intent", 400)
            if intent["status"] != "succeeded":
                raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
            charge = self._store.charges[intent["latest_charge"]]
        if not charge["paid"]:
            raise invalid(f"Charge {charge['id']} has not been paid; it cannot be refunded.", "charge")
        return charge

    def _give_back(self, charge: Wire, amount: int, params: Wire) -> Wire:
        kind = self._store.cards[charge["payment_method"]].card.refund
        status = "pending" if kind == "pending" else "succeeded"
        refund = self._store.keep(refund_objects.refund(charge, amount, params, status))
        self._store.emit("refund.created", refund)
        self._count(charge, amount)
        if kind == "pending":
            self._timers.after(self._settle_seconds, self._settle, refund)
        elif kind == "fails":
            self._timers.after(self._settle_seconds, self._fail, refund)
        return refund

    def _count(self, charge: Wire, amount: int) -> None:
        previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        kind = "charge.refunded" if amount > 0 else "charge.updated"
        self._store.emit(kind, charge, previous)

    def _settle(self, refund: Wire) -> None:
        refund["status"] = "succeeded"
        self._store.emit("refund.updated", refund, {"status": "pending"})

    def _fail(self, refund: Wire) -> None:
        """The bank sends the money back: the charge has it again."""
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        refund["failure_balance_transaction"] = refund["balance_transaction"]
        self._store.emit("refund.updated", refund, {"status": "succeeded"})
        self._store.emit("refund.failed", refund)
        self._count(self._store.charges[refund["charge"]], -refund["amount"])

    def dispute(self, charge: Wire, reason: str = "fraudulent", status: str = "needs_response") -> Wire:
        """The customer's bank takes the money; an inquiry (``warning_…``) only asks."""
        dispute = self._store.keep(refund_objects.dispute(charge, reason, status))
        charge["disputed"] = True
        self._store.emit("charge.dispute.created", dispute)
        if not status.startswith("warning_"):
            self._store.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: Wire, won: bool) -> None:
        """The bank has decided."""
        inquiry = dispute["status"].startswith("warning_")
        previous = {"status": dispute["status"]}
        dispute["status"] = "warning_closed" if inquiry else "won" if won else "lost"
        self._store.emit("charge.dispute.closed", dispute, previous)
        if won and not inquiry:
            self._store.emit("charge.dispute.funds_reinstated", dispute)

    def answer_dispute(self, dispute: Wire, params: Wire) -> Wire:
        """Takes evidence; submitted, it is decided by the documented test texts."""
        if dispute["status"] not in ("needs_response", "warning_needs_response"):
            raise invalid(f"This dispute has a status of {dispute['status']}; evidence is no longer taken.")
        previous = {"status": dispute["status"]}
        for name, value in (params.get("evidence") or {}).items():
            dispute["evidence"][name] = value or None
        dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"].values())
        if params.get("submit", True):
            dispute["evidence_details"]["submission_count"] += 1
            dispute["status"] = dispute["status"].replace("needs_response", "under_review")
            decisive = dispute["evidence"]["uncategorized_text"]
            if decisive in (_WINNING, _LOSING):
                self._timers.after(self._settle_seconds, self.close_dispute, dispute, decisive == _WINNING)
        self._store.emit("charge.dispute.updated", dispute, previous)
        return dispute

    def warn(self, charge: Wire) -> Wire:
        """The card network suspects fraud."""
        warning = self._store.keep(refund_objects.early_fraud_warning(charge))
        self._store.emit("radar.early_fraud_warning.created", warning)
        return warning
