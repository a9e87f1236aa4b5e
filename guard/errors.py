"""Everything Guard refuses or fails with.

One shallow tree::

    GuardError                     internal_error
      InvalidRequestError          invalid_request      the caller's request is malformed
        UnsupportedContentError    content_not_text     an image, audio, file or base64 blob
        PersonalDataInNameError    personal_data_in_name
        RequestTooLargeError       request_too_large
        PolicyRefusedError         policy_refused       a policy that was handed in is not valid
      AuthenticationError          invalid_api_key      also: expired, revoked, missing
        SecondFactorRequiredError  second_factor_required  a role asks for one that was not set up yet
        PasswordChangeRequiredError  password_change_required  somebody else set the password
      PermissionDeniedError        permission_denied
        StepUpRequiredError        step_up_required     who asks proved who they are too long ago
      NotFoundError                not_found
        ModelNotFoundError         model_not_found
        ConversationNotFoundError  conversation_not_found
      ConflictError                conflict             something else happened first
      PromptBlockedError           prompt_blocked       policy refuses the prompt itself
      LimitExceededError           rate_limit_exceeded  a budget of the policy is used up
        OverloadedError            overloaded           a bounded queue is full
      UnavailableError             unavailable          a part of Guard or behind it failed: fail closed
        DetectorError              detector_failed
        ClassifierError            classifier_failed
        GeneratorError             generator_failed
        StorageError               storage_failed
        KeyUnavailableError        key_unavailable
        AuditError                 audit_failed
      ConfigurationError           invalid_configuration
        NotInstalledError          not_installed        `guard init` was not run yet
      PolicyError                  invalid_policy
      TamperedError                tampered             stored data failed its authentication

Rules: `reason_id` is stable and public; messages are written by us, say what to do, and never hold text of a user, a
secret or a value from a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal


class GuardError(Exception):
    """Base of all refusals and failures.

    Args:
        message: one sentence for people, free of user text. Empty: the class's own sentence.
        reason_id: a more exact stable code than the class's, e.g. `api_key_expired`.
        param: the field of the request that is wrong, as a fixed path such as `messages[].content`.
        retry_after: seconds after which another try makes sense, if known.
    """

    reason_id: str = "internal_error"
    sentence: ClassVar[str] = "Guard failed. The request was not answered."

    def __init__(
        self,
        message: str = "",
        *,
        reason_id: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message or self.sentence)
        self.reason_id = reason_id or type(self).reason_id
        self.param = param
        self.retry_after = retry_after


class InvalidRequestError(GuardError):
    reason_id = "invalid_request"
    sentence = "The request is not valid."


class UnsupportedContentError(InvalidRequestError):
    reason_id = "content_not_text"
    sentence = "Only text can be checked: images, audio, files and encoded data are refused."


class PersonalDataInNameError(InvalidRequestError):
    reason_id = "personal_data_in_name"
    sentence = "A member name of the request holds personal data. Move the data into a value, where it can be redacted."


class RequestTooLargeError(InvalidRequestError):
    reason_id = "request_too_large"
    sentence = "The request is too large."


class PolicyRefusedError(InvalidRequestError):
    reason_id = "policy_refused"
    sentence = "This policy is not valid, so it was not taken."


class AuthenticationError(GuardError):
    reason_id = "invalid_api_key"
    sentence = "The credential is missing or not valid."


class SecondFactorRequiredError(AuthenticationError):
    reason_id = "second_factor_required"
    sentence = "Your role needs a second factor. Set it up at /account/second-factor first."


class PasswordChangeRequiredError(AuthenticationError):
    reason_id = "password_change_required"
    sentence = "Somebody else set your password. Choose one of your own at /account/password first."


class PermissionDeniedError(GuardError):
    """`rule` is the text of the policy rule that decided, or `default deny`; `scenario` the one that was asked for.

    `policy` is the hash of the policy that decided, where one did.
    """

    reason_id = "permission_denied"
    sentence = "The policy does not allow this."
    rule: str = "default deny"
    scenario: str | None = None
    policy: str | None = None


class StepUpRequiredError(PermissionDeniedError):
    reason_id = "step_up_required"
    sentence = "This needs a fresh proof of who you are. Confirm it at /login/again, then do it once more."


class NotFoundError(GuardError):
    reason_id = "not_found"
    sentence = "There is nothing of that name."


class ModelNotFoundError(NotFoundError):
    reason_id = "model_not_found"
    sentence = "There is no model of that name. GET /v1/models lists those that you may use."


class ConversationNotFoundError(NotFoundError):
    reason_id = "conversation_not_found"
    sentence = "You have no conversation of that id."


class ConflictError(GuardError):
    reason_id = "conflict"
    sentence = "Something else happened first. Look again and repeat what is still right."


class PromptBlockedError(GuardError):
    """`scores` are the probabilities by category when a classifier blocked it; `found` all the entity types of the
    prompt when one of them did."""

    reason_id = "prompt_blocked"
    sentence = "The policy does not let this prompt pass."
    scores: Mapping[str, float] = MappingProxyType({})
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """A budget that is used up.

    Args:
        scope: whose it is: `user`, `key`, `tenant`, `role/<role>`, or `sign-in`. Never anybody's name.
        unit: what is counted; `concurrent` are requests at the same time.
        amount: how many there may be. window: in so many seconds; `None`: at the same time.
        reset: seconds until there is room again.
    """

    scope: str
    unit: Literal["requests", "tokens", "concurrent"]
    amount: int
    reset: float
    window: int | None = None


class LimitExceededError(GuardError):
    """`quota` is the budget that is used up; `None`: it was something else that is full."""

    quota: Quota | None = None

    reason_id = "rate_limit_exceeded"
    sentence = "Too many requests. Wait a moment and try again."


class OverloadedError(LimitExceededError):
    reason_id = "overloaded"
    sentence = "The gateway is busy. Try again in a moment."


class UnavailableError(GuardError):
    reason_id = "unavailable"
    sentence = "A part of the gateway is not available. The request was not answered."


class DetectorError(UnavailableError):
    reason_id = "detector_failed"
    sentence = "The detection of personal data failed, so nothing was sent on."


class ClassifierError(UnavailableError):
    reason_id = "classifier_failed"
    sentence = "The safety classifier failed, so nothing more was returned."


class GeneratorError(UnavailableError):
    reason_id = "generator_failed"
    sentence = "The model could not answer."


class StorageError(UnavailableError):
    reason_id = "storage_failed"
    sentence = "The transcript could not be stored, so nothing was returned."


class KeyUnavailableError(UnavailableError):
    reason_id = "key_unavailable"
    sentence = "The encryption keys could not be used, so nothing was returned."


class AuditError(UnavailableError):
    reason_id = "audit_failed"
    sentence = "The audit record could not be written, so nothing was returned."


class ConfigurationError(GuardError):
    reason_id = "invalid_configuration"
    sentence = "The settings are not valid."


class NotInstalledError(ConfigurationError):
    reason_id = "not_installed"
    sentence = "There is no data here yet. Run `guard init` first."


class PolicyError(GuardError):
    """`file`, `line` and `column` (from 1, in code points) are the place in a policy file; `None` where there is none."""

    reason_id = "invalid_policy"
    sentence = "The policy is not valid."
    file: str | None = None
    line: int | None = None
    column: int | None = None


class TamperedError(GuardError):
    reason_id = "tampered"
    sentence = "Stored data failed its authentication: it was changed outside Guard."
