"""Keys and tokens of vendors that have a form of their own, as the vendors publish it.

A needle is a part that every key of the kind has, so that a text without any costs a few microseconds.
"""

from __future__ import annotations

import re

from guard.redact.recognizers.secret_rule import Rule, is_random

_Table = tuple[tuple[str, tuple[str, ...], str], ...]
"""Name, needles with which the form begins, form."""

_CLOUDS: _Table = (
    ("aws-access-key-id", ("AKIA", "ASIA", "ABIA", "ACCA"), r"A(?:KI|SI|BI|CC)A[A-Z0-9]{16}"),
    ("aws-session-token", ("IQoJb3JpZ2lu", "FwoGZXIvYXdz"), r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9/+=]{60,2000}"),
    ("aws-bedrock-key", ("ABSK",), r"ABSK[A-Za-z0-9+/]{80,200}={0,2}"),
    ("gcp-api-key", ("AIza",), r"AIza[\w-]{35}"),
    ("google-oauth-token", ("ya29.",), r"ya29\.[\w-]{20,1000}"),
    ("google-oauth-secret", ("GOCSPX-",), r"GOCSPX-[\w-]{20,40}"),
    ("google-refresh-token", ("1//0",), r"1//0[\w-]{30,200}"),
    ("alibaba-access-key-id", ("LTAI",), r"LTAI[A-Za-z0-9]{12,24}"),
    ("tencent-secret-id", ("AKID",), r"AKID[A-Za-z0-9]{32}"),
    ("digitalocean-token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[a-f0-9]{64}"),
    ("heroku-api-key", ("HRKU-",), r"HRKU-[\w-]{36,66}"),
    ("cloudflare-origin-key", ("v1.0-",), r"v1\.0-[a-f0-9]{24}-[a-f0-9]{100,200}"),
    ("fly-token", ("fm2_",), r"fm2_[A-Za-z0-9+/=,_-]{60,2000}"),
    ("netlify-token", ("nfp_",), r"nfp_[A-Za-z0-9]{36,50}"),
    ("supabase-key", ("sbp_", "sb_secret_"), r"(?:sbp_[a-f0-9]{40}|sb_secret_[\w-]{20,60})"),
    ("planetscale-key", ("pscale_",), r"pscale_(?:tkn|oauth|pw)_[\w.=-]{32,64}"),
    ("tailscale-key", ("tskey-",), r"tskey-[a-z]{2,12}-[A-Za-z0-9-]{16,80}"),
    ("databricks-token", ("dapi", "dkea"), r"(?:dapi|dkea)[a-f0-9]{32}(?:-\d)?"),
    ("vault-token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[\w-]{24,300}"),
    ("pulumi-token", ("pul-",), r"pul-[a-f0-9]{40}"),
    (
        "doppler-token",
        ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."),
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{1,35}\.)?[A-Za-z0-9]{40,44}",
    ),
    ("1password-token", ("ops_eyJ",), r"ops_eyJ[A-Za-z0-9+/=_-]{100,2000}"),
    ("1password-secret-key", ("A3-",), r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
)
_GITLAB = ("pat", "ptt", "dt", "rt", "rtr", "cbt", "ft", "imt", "agent", "oas", "soat", "ffct", "wt")
_CODE: _Table = (
    ("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{30,255}"),
    ("github-fine-grained", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{40,255}"),
    (
        "gitlab-token",
        (*(f"gl{kind}-" for kind in _GITLAB), "GR1348941"),
        rf"(?:gl(?:{'|'.join(_GITLAB)})-[\w.-]{{20,300}}|GR1348941[\w-]{{20,64}})",
    ),
    ("atlassian-token", ("ATATT3", "ATCTT3", "ATBB", "ATSTT"), r"AT(?:ATT3|CTT3|STT3?|BB)[\w=-]{28,300}"),
    ("npm-token", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", ("pypi-",), r"pypi-[\w-]{50,255}"),
    ("rubygems-key", ("rubygems_",), r"rubygems_[a-f0-9]{48}"),
    ("crates-token", ("cio",), r"cio[A-Za-z0-9]{32}"),
    ("nuget-key", ("oy2",), r"oy2[a-z0-9]{43}"),
    ("docker-token", ("dckr_",), r"dckr_(?:pat|oat)_[\w-]{24,64}"),
    ("jfrog-key", ("AKCp", "cmVmdGtuOi"), r"(?:AKCp[A-Za-z0-9]{69,73}|cmVmdGtuOi[A-Za-z0-9=]{50,64})"),
    ("sonar-token", ("sqp_", "squ_", "sqa_"), r"sq[pua]_[a-f0-9]{40}"),
    ("circleci-token", ("CCIPAT_",), r"CCIPAT_[\w]{16,100}"),
    ("buildkite-token", ("bkua_",), r"bkua_[a-z0-9]{40}"),
    ("postman-key", ("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("linear-key", ("lin_api_", "lin_oauth_"), r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}"),
    ("notion-token", ("ntn_", "secret_"), r"(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})"),
    ("figma-token", ("figd_", "figu_"), r"fig[du]_[\w-]{36,60}"),
    ("airtable-token", ("pat",), r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    (
        "newrelic-key",
        ("NRAK-", "NRII-", "NRJS-", "NRRA-", "NRSP-", "NRIQ-", "NRMA-"),
        r"NR(?:AK|II|JS|RA|SP|IQ|MA)-[A-Za-z0-9_-]{19,42}",
    ),
    ("sentry-token", ("sntrys_", "sntryu_"), r"sntry[su]_[A-Za-z0-9+/=_-]{40,500}"),
    ("grafana-token", ("glsa_", "glc_"), r"(?:glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,400})"),
    ("dynatrace-token", ("dt0",), r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("launchdarkly-key", ("sdk-", "api-"), r"(?:sdk|api)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
)
_PEOPLE: _Table = (
    ("slack-token", ("xox",), r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,300}"),
    ("slack-app-token", ("xapp-",), r"xapp-\d-[A-Za-z0-9-]{20,200}"),
    ("facebook-token", ("EAA",), r"EAA[A-Za-z0-9]{60,400}"),
    ("stripe-key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_"), r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,250}"),
    ("webhook-secret", ("whsec_",), r"whsec_[A-Za-z0-9+/=]{24,80}"),
    ("square-key", ("sq0", "EAAA"), r"(?:sq0[a-z]{3}-[\w-]{22,60}|EAAA[\w-]{60})"),
    ("shopify-token", ("shpat_", "shpca_", "shppa_", "shpss_", "shptka_"), r"shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}"),
    ("paypal-token", ("access_token$",), r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    ("razorpay-key", ("rzp_",), r"rzp_(?:live|test)_[A-Za-z0-9]{14,24}"),
    ("flutterwave-key", ("FLWSECK",), r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{12,64}"),
    (
        "plaid-token",
        ("access-sandbox-", "access-development-", "access-production-"),
        r"access-(?:sandbox|development|production)-[0-9a-f-]{36}",
    ),
    ("twilio-key", ("SK",), r"SK[a-f0-9]{32}"),
    ("sendgrid-key", ("SG.",), r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("mailgun-key", ("key-",), r"key-[a-f0-9]{32}"),
    ("brevo-key", ("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("resend-key", ("re_",), r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    ("hubspot-token", ("pat-",), r"pat-[a-z]{2}\d-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    ("dropbox-token", ("sl.",), r"sl\.(?:u\.)?[\w-]{100,1500}"),
    ("typeform-token", ("tfp_",), r"tfp_[\w.=-]{40,80}"),
    ("contentful-token", ("CFPAT-",), r"CFPAT-[\w-]{43}"),
)
_MODELS: _Table = (
    ("anthropic-key", ("sk-ant-",), r"sk-ant-[\w-]{16,200}"),
    ("openai-key", ("sk-proj-", "sk-svcacct-", "sk-admin-"), r"sk-(?:proj|svcacct|admin)-[\w-]{16,250}"),
    ("openrouter-key", ("sk-or-",), r"sk-or-(?:v1-)?[\w-]{16,200}"),
    ("huggingface-token", ("hf_", "api_org_"), r"(?:hf|api_org)_[A-Za-z0-9]{30,64}"),
    ("groq-key", ("gsk_",), r"gsk_[A-Za-z0-9]{40,64}"),
    ("xai-key", ("xai-",), r"xai-[A-Za-z0-9]{60,100}"),
    ("perplexity-key", ("pplx-",), r"pplx-[A-Za-z0-9]{40,64}"),
    ("replicate-token", ("r8_",), r"r8_[A-Za-z0-9]{36,40}"),
    ("nvidia-key", ("nvapi-",), r"nvapi-[\w-]{50,90}"),
    ("langsmith-key", ("lsv2_",), r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),
    ("together-key", ("tgp_v1_",), r"tgp_v1_[\w-]{40,60}"),
    ("pinecone-key", ("pcsk_",), r"pcsk_[\w]{40,100}"),
    ("tavily-key", ("tvly-",), r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{24,64}"),
    ("guard-key", ("gk_",), r"gk_[A-Za-z0-9]{6,12}_[\w-]{30,64}"),
)
_FORM = r"(?<![A-Za-z0-9])(?:%s)(?![A-Za-z0-9])"


def _within(name: str, needle: str, offset: int, form: str) -> Rule:
    """A form whose needle stands `offset` characters behind its begin."""
    return Rule(name, "API_KEY", (needle,), re.compile(_FORM % form), offset=offset)


_WITHIN = (
    _within("azure-client-secret", "Q~", 4, r"[\w.~-]{3}\dQ~[\w.~-]{31,34}"),
    _within("azure-devops-token", "AZDO", 76, r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"),
    _within("terraform-token", ".atlasv1.", 14, r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),
    _within("mailchimp-key", "-us", 32, r"[a-f0-9]{32}-us\d{1,2}"),
    _within("mailgun-domain-key", "-", 32, r"[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}"),
    Rule("telegram-bot-token", "API_KEY", (":AA",), re.compile(_FORM % r"\d{8,10}:AA[\w-]{32,34}"), lead=10),
    # The first part is the number of the bot in base64: these are all the ways in which two digits begin.
    Rule(
        "discord-bot-token",
        "API_KEY",
        tuple(first + second for first in "MNO" for second in "DTjz"),
        re.compile(_FORM % r"[MNO][DTjz][\w-]{21,26}\.[\w-]{6}\.[\w-]{27,40}"),
    ),
)


def _behind(name: str, needle: str, form: str) -> Rule:
    """A secret part of an address, behind the needle."""
    return Rule(name, "API_KEY", (needle,), re.compile(form))


_BEHIND = (
    _behind("sentry-dsn", "://", r"://(?P<v>[a-f0-9]{32})(?:(?::[a-f0-9]{32})?@[\w.-]{1,100}/\d{1,20})"),
    _behind(
        "slack-webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?P<v>(?:services|workflows|triggers)/[\w/]{20,120})",
    ),
    _behind("discord-webhook", "/api/webhooks/", r"/api/webhooks/(?P<v>\d{15,22}/[\w-]{50,90})"),
    _behind("teams-webhook", ".office.com/webhook", r"\.office\.com/(?P<v>webhook\w{0,3}/[\w@/-]{60,300})"),
)

RULES = (
    *(
        Rule(name, "API_KEY", needles, re.compile(_FORM % form))
        for table in (_CLOUDS, _CODE, _PEOPLE, _MODELS)
        for name, needles, form in table
    ),
    *_WITHIN,
    *_BEHIND,
    # `sk-` alone begins words too: those are written with letters.
    Rule(
        "sk-key",
        "API_KEY",
        ("sk-",),
        re.compile(r"(?<![A-Za-z0-9_-])sk-(?!(?:ant|proj|svcacct|admin|or)-)[\w-]{16,200}(?![\w-])"),
        check=is_random,
        check_name="entropy",
    ),
)
"""By vendor."""
