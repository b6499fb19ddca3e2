package cryptopay.client

import cryptopay.client.binding.InternalException

/** Crosses into the core, which may break off (a panic in Rust): that is an error of this package like any other. */
internal inline fun <T> crossed(operation: String, cross: () -> T): T =
    try {
        cross()
    } catch (broken: InternalException) {
        throw brokenOff(operation, broken)
    } catch (broken: MisuseException) {
        throw brokenOff(operation, broken)
    }

/** The core broke off, or said what is no step. */
internal fun brokenOff(operation: String, broken: Throwable): CryptopayException {
    val why = if (broken is MisuseException) broken.cause as? InternalException ?: return broken else broken
    val message = "the core broke off: ${why.message}"
    return exception(said("misuse", operation, message, "this is a defect, please report it"), why)
}

/** The same for a write that may have been applied. */
internal fun unknown(operation: String, misuse: CryptopayException, record: String?): CryptopayException {
    val hint =
        if (record == null) "read the object before you repeat a write, and report this defect"
        else "do not repeat it: give the record to resolve, and report this defect"
    val reason = Cause(misuse.code, misuse.phrase, null, null)
    return exception(said("outcome_unknown", operation, misuse.phrase, hint, record, reason), misuse)
}

private fun said(
    code: String,
    operation: String,
    message: String,
    hint: String,
    record: String? = null,
    reason: Cause? = null,
): Told {
    val text = listOf(operation, code, "$message; $hint").filter(String::isNotEmpty).joinToString(": ")
    return Told(code, text, message, operation, hint, record = record, reason = reason)
}
