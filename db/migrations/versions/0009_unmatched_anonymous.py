"""Events that wait for their payment once held what other shops' customers had paid with: ids and amounts are enough.

A charge of ours says so in its metadata; of a refund, dispute or warning that does not, only Stripe's words stay.
"""

from db.maintenance.online import on_postgres, update_in_batches

revision = "0009"
down_revision = "0008"

# A body is [id, type, time, livemode, report's name, its fields, when it was asked for].
NOBODY = '["", "", "", "", 0, 0, ""]'
STATEMENTS = [
    """DELETE FROM unmatched_events WHERE {batch} AND json_extract(body, '$[5].metadata[0]') = ''
        AND json_extract(body, '$[4]') NOT IN ('RefundReport', 'DisputeReport', 'FraudWarningReport')""",
    f"""UPDATE unmatched_events SET body = json_set(body, '$[5].metadata', json('{NOBODY}'))
    WHERE {{batch}} AND json_extract(body, '$[5].metadata[0]') = ''""",
    """UPDATE unmatched_events SET body = json_set(body, '$[5].request', '', '$[5].asked_by', 0)
    WHERE {batch} AND json_extract(body, '$[4]') = 'RefundReport' AND json_extract(body, '$[5].metadata[0]') = ''""",
]
SHOP_ON_POSTGRES = "body::jsonb -> 5 -> 'metadata' ->> 0 = ''"
STATEMENTS_ON_POSTGRES = [
    f"""DELETE FROM unmatched_events WHERE {{batch}} AND {SHOP_ON_POSTGRES}
        AND body::jsonb ->> 4 NOT IN ('RefundReport', 'DisputeReport', 'FraudWarningReport')""",
    f"""UPDATE unmatched_events SET body = jsonb_set(body::jsonb, '{{5,metadata}}', '{NOBODY}')::text
    WHERE {{batch}} AND {SHOP_ON_POSTGRES}""",
    f"""UPDATE unmatched_events SET body = jsonb_set(
        jsonb_set(body::jsonb, '{{5,request}}', '""'), '{{5,asked_by}}', '0')::text
    WHERE {{batch}} AND body::jsonb ->> 4 = 'RefundReport' AND {SHOP_ON_POSTGRES}""",
]


def upgrade() -> None:
    for statement in STATEMENTS_ON_POSTGRES if on_postgres() else STATEMENTS:
        update_in_batches("unmatched_events", "event_id", statement)
