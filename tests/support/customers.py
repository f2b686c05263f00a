"""Those who buy, as the shop knows them."""

from checkout.model.customer import Customer

ANNA = Customer(42, "en", "Anna", "anna_s")
BEN = Customer(43, "en", "Ben")
