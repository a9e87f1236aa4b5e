"""Values that have the form of a vendor's keys and are nobody's: made of parts, so that none stands in a file."""

from __future__ import annotations

import random
import re
import string

_ALPHABETS = {
    "an": string.ascii_letters + string.digits,
    "hex": string.digits + "abcdef",
    "up": string.ascii_uppercase + string.digits,
    "low": string.ascii_lowercase + string.digits,
    "w": string.ascii_letters + string.digits + "_-",
    "d": string.digits,
}
_PART = re.compile(r"<([a-z]+)(\d+)>")

# `<hex32>`: 32 characters of that alphabet. What is in braces is the secret, where the address around it is not.
FORMS: tuple[tuple[str, str], ...] = (
    *[("aws-access-key-id", f"{kind}<up16>") for kind in ("AKIA", "ASIA")],
    ("aws-session-token", "IQoJb3JpZ2lu<an300>"),
    ("aws-bedrock-key", "ABSK<an120>"),
    ("gcp-api-key", "AIza<an35>"),
    ("google-oauth-token", "ya29.<an120>"),
    ("google-oauth-secret", "GOCSPX-<an28>"),
    ("google-refresh-token", "1//0<an60>"),
    ("azure-client-secret", "<an3>8Q~<an34>"),
    ("azure-devops-token", "<an76>AZDO<an4>"),
    ("alibaba-access-key-id", "LTAI<an20>"),
    ("tencent-secret-id", "AKID<an32>"),
    *[("digitalocean-token", f"{kind}_v1_<hex64>") for kind in ("dop", "doo", "dor")],
    ("heroku-api-key", "HRKU-<an60>"),
    ("cloudflare-origin-key", "v1.0-<hex24>-<hex146>"),
    ("fly-token", "fm2_<an200>"),
    ("netlify-token", "nfp_<an36>"),
    ("supabase-key", "sbp_<hex40>"),
    ("planetscale-key", "pscale_tkn_<an43>"),
    ("tailscale-key", "tskey-auth-<an12>-<an32>"),
    ("databricks-token", "dapi<hex32>"),
    ("terraform-token", "<an14>.atlasv1.<an67>"),
    ("vault-token", "hvs.<an90>"),
    ("pulumi-token", "pul-<hex40>"),
    ("doppler-token", "dp.pt.<an43>"),
    ("1password-token", "ops_eyJ<an300>"),
    ("1password-secret-key", "A3-<up6>-<up11>-<up5>-<up5>-<up5>"),
    *[("github-token", f"gh{kind}_<an36>") for kind in "pousr"],
    ("github-fine-grained", "github_pat_<an22>_<an59>"),
    *[("gitlab-token", f"gl{kind}-<an20>") for kind in ("pat", "ptt", "dt", "rt", "cbt", "ft", "agent", "oas")],
    ("atlassian-token", "ATATT3<an180>=<up8>"),
    ("npm-token", "npm_<an36>"),
    ("pypi-token", "pypi-<an150>"),
    ("rubygems-key", "rubygems_<hex48>"),
    ("crates-token", "cio<an32>"),
    ("nuget-key", "oy2<low43>"),
    ("docker-token", "dckr_pat_<an27>"),
    ("jfrog-key", "AKCp<an69>"),
    *[("sonar-token", f"{kind}_<hex40>") for kind in ("sqp", "squ", "sqa")],
    ("circleci-token", "CCIPAT_<an22>_<hex40>"),
    ("buildkite-token", "bkua_<hex40>"),
    ("postman-key", "PMAK-<hex24>-<hex34>"),
    ("linear-key", "lin_api_<an40>"),
    ("notion-token", "ntn_<an46>"),
    ("figma-token", "figd_<an40>"),
    ("airtable-token", "pat<an14>.<hex64>"),
    ("newrelic-key", "NRAK-<up27>"),
    ("sentry-token", "sntrys_<an120>"),
    ("sentry-dsn", "https://{<hex32>}@o42.ingest.sentry.io/4242"),
    ("grafana-token", "glsa_<an32>_<hex8>"),
    ("dynatrace-token", "dt0c01.<up24>.<up64>"),
    ("launchdarkly-key", "sdk-<hex8>-<hex4>-<hex4>-<hex4>-<hex12>"),
    ("slack-token", "xoxb-<d12>-<d12>-<an24>"),
    ("slack-app-token", "xapp-1-<up11>-<d13>-<hex64>"),
    ("slack-webhook", "https://hooks.slack.com/{services/T<up8>/B<up8>/<an24>}"),
    ("discord-webhook", "https://discord.com/api/webhooks/{<d18>/<an68>}"),
    ("discord-bot-token", "MT<an24>.<an6>.<an38>"),
    ("teams-webhook", "https://acme.webhook.office.com/{webhookb2/<hex36>@<hex36>/IncomingWebhook/<hex32>}"),
    ("telegram-bot-token", "<d10>:AA<an33>"),
    ("facebook-token", "EAA<an160>"),
    *[("stripe-key", f"{kind}_<an24>") for kind in ("sk_live", "sk_test", "rk_live")],
    ("webhook-secret", "whsec_<an32>"),
    ("square-key", "sq0atp-<an22>"),
    *[("shopify-token", f"shp{kind}_<hex32>") for kind in ("at", "ca", "pa", "ss")],
    ("paypal-token", "access_token$production$<low16>$<hex32>"),
    ("razorpay-key", "rzp_live_<an14>"),
    ("flutterwave-key", "FLWSECK-<low32>-X"),
    ("plaid-token", "access-sandbox-<hex8>-<hex4>-<hex4>-<hex4>-<hex12>"),
    ("twilio-key", "SK<hex32>"),
    ("sendgrid-key", "SG.<an22>.<an43>"),
    ("mailgun-key", "key-<hex32>"),
    ("mailgun-domain-key", "<hex32>-<hex8>-<hex8>"),
    ("mailchimp-key", "<hex32>-us12"),
    ("brevo-key", "xkeysib-<hex64>-<an16>"),
    ("resend-key", "re_<an8>_<an24>"),
    ("hubspot-token", "pat-na1-<hex8>-<hex4>-<hex4>-<hex4>-<hex12>"),
    ("dropbox-token", "sl.u.<an150>"),
    ("typeform-token", "tfp_<an44>_<an14>"),
    ("contentful-token", "CFPAT-<an43>"),
    ("anthropic-key", "sk-ant-api03-<an93>AA"),
    ("openai-key", "sk-proj-<an120>"),
    ("openrouter-key", "sk-or-v1-<hex64>"),
    ("huggingface-token", "hf_<an34>"),
    ("groq-key", "gsk_<an52>"),
    ("xai-key", "xai-<an80>"),
    ("perplexity-key", "pplx-<an48>"),
    ("replicate-token", "r8_<an37>"),
    ("nvidia-key", "nvapi-<an64>"),
    ("langsmith-key", "lsv2_pt_<hex32>_<hex10>"),
    ("together-key", "tgp_v1_<an43>"),
    ("pinecone-key", "pcsk_<an70>"),
    ("tavily-key", "tvly-dev-<an32>"),
    ("guard-key", "gk_<an8>_<an43>"),
    ("sk-key", "sk-<an48>"),
)


def made(form: str, seed: int | str = 0) -> str:
    """A value of a form, braces left in it. The same seed makes the same value."""
    rng = random.Random(f"{form} {seed}")
    return _PART.sub(lambda part: "".join(rng.choices(_ALPHABETS[part[1]], k=int(part[2]))), form)


def split(made_value: str) -> tuple[str, str, str]:
    """What stands before the secret, the secret, and what stands behind it."""
    if "{" not in made_value:
        return "", made_value, ""
    before, _, rest = made_value.partition("{")
    secret, _, after = rest.partition("}")
    return before, secret, after
