"""Settings of the user: which service (profiles), which folders, and where the API key comes from.

Owns the config file and is the only user of `keyring`.  May import `xlmeso.wire`, `xlmeso.model`
and `xlmeso.errors`; knows nothing of HTTP, the simulator or the journal.  Every function takes the
environment as a mapping, so that it depends on nothing that a caller cannot see.
"""

from xlmeso.settings.api_key import ApiKey, KeySource, find_api_key
from xlmeso.settings.config_file import Settings, load_settings, save_settings, update_settings
from xlmeso.settings.credentials import CredentialStore
from xlmeso.settings.folders import cache_dir, config_dir, data_dir, journal_path
from xlmeso.settings.profiles import Profile, ServiceKind
from xlmeso.settings.resolve import resolve_profile
from xlmeso.settings.tokens import expires_at

__all__ = [
    "ApiKey",
    "CredentialStore",
    "KeySource",
    "Profile",
    "ServiceKind",
    "Settings",
    "cache_dir",
    "config_dir",
    "data_dir",
    "expires_at",
    "find_api_key",
    "journal_path",
    "load_settings",
    "resolve_profile",
    "save_settings",
    "update_settings",
]
