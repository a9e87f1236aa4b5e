"""API keys and tokens by the prefixes that their makers give them, JSON web tokens, and private key blocks."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_BEGIN, _END = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_-])"

_PREFIXED = (
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}",  # Amazon Web Services
    r"AIza[\w-]{30,40}",  # Google
    r"ya29\.[\w-]{20,}",  # Google OAuth
    r"GOCSPX-[\w-]{20,}",
    r"sk-(?:proj-|ant-|svcacct-|admin-|or-v1-)?[\w-]{16,}",  # OpenAI, Anthropic, OpenRouter and others
    r"(?:gh[pousr]|github_pat)_\w{16,}",  # GitHub
    r"gl(?:pat|dt|rt|ft|soat|cbt|ptt)-[\w-]{16,}",  # GitLab
    r"(?:sk|rk|pk|whsec)_(?:live|test)_\w{10,}",  # Stripe
    r"whsec_[\w+/=]{16,}",
    r"xox[abeoprs]-[\w-]{10,}",  # Slack
    r"xapp-\d-[\w-]{16,}",
    r"hf_[A-Za-z0-9]{16,}",  # Hugging Face
    r"npm_[A-Za-z0-9]{20,}",
    r"pypi-[\w-]{20,}",
    r"dop_v1_[a-f0-9]{32,}",  # DigitalOcean
    r"SG\.[\w-]{16,}\.[\w-]{16,}",  # SendGrid
    r"key-[a-f0-9]{32}",  # Mailgun
    r"(?:AC|SK)[a-f0-9]{32}",  # Twilio
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}",  # Shopify
    r"sq0(?:atp|csp|idp)-[\w-]{16,}",  # Square
    r"EAA[A-Za-z0-9]{40,}",  # Meta
    r"(?:hvs|hvb|hvr)\.[\w-]{20,}",  # HashiCorp Vault
    r"gk_[\w-]{8,}",  # this gateway's own
    r"gsk_[A-Za-z0-9]{20,}",  # Groq
    r"xai-[A-Za-z0-9]{20,}",
    r"pplx-[A-Za-z0-9]{20,}",
    r"r8_[A-Za-z0-9]{20,}",  # Replicate
    r"AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    r"\d{8,10}:AA[\w-]{30,}",  # Telegram
)
_NAMED = (
    r"(?:api|access|auth|secret|private|client|consumer|service|account|signing|encryption|bearer)[_ -]?(?:api[_ -]?)?"
    r"(?:key|token|secret|credential)s?(?:[_ -]?(?:id|value))?|token|secret"
)


def api_key() -> Recognizer:
    """Prefixed keys, bearer tokens, web tokens (RFC 7519), and long random values named as a key."""
    return Shapes(
        "API_KEY",
        [
            *(shape(_BEGIN + each + _END, 0.95, 0) for each in _PREFIXED),
            shape(r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?", 0.95, 0),
            shape(r"\bbearer[ ]+(?P<value>[\w.~+/-]{16,}=*)", 0.9),
            shape(r"\bbasic[ ]+(?P<value>[A-Za-z0-9+/]{12,}={0,2})(?![\w])", 0.6),
            shape(
                rf"(?<![^\W_])(?:{_NAMED})[\"'`]?(?:[ ]+is)?[ ]*[:=]*[>]?[ ]*[\"'`]?"
                r"(?P<value>(?=[\w.~+/-]*\d)(?=[\w.~+/-]*[A-Za-z])[\w.~+/-]{16,}=*)",
                0.8,
            ),
        ],
    )


def private_key() -> Recognizer:
    """PEM blocks (RFC 7468) and OpenSSH's, whole or cut off; their text up to the end line or the end of the text."""
    return Shapes(
        "PRIVATE_KEY",
        [
            shape(
                r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,20000}"
                r"(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?",
                1.0,
                0,
            )
        ],
    )
