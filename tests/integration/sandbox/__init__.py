"""The stand-ins, by the real SDKs: they behave as the services do."""
