"""The ledger process: merges journals into the signed tree. The only holder of the signing key; no network."""
