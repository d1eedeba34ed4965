/** A configuration that cannot be used. Its message is for people: one sentence for each mistake, each on a line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}
