import { readSettingsFile, SettingsFileError } from '@rtmp/settings/file'
import type { Configuration } from '../config/configuration.ts'
import { loadConfiguration } from '../config/load.ts'
import { maskedConfiguration } from '../config/mask.ts'
import { ConfigurationError } from './configuration-error.ts'

/**
 * Reads the configuration from a file (YAML or JSON), the environment and flags.
 *
 * @param path - Of the file; `undefined` for none.
 * @param note - Told of variables that were not taken.
 * @throws ConfigurationError
 */
export const readConfiguration = async (
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string>>,
  note: (sentence: string) => void = () => {},
): Promise<Configuration> => {
  const file = path === undefined ? {} : { file: { name: path, value: await settingsIn(path) } }
  const loaded = loadConfiguration({ ...file, environment, flags })
  if (loaded.ok) {
    for (const sentence of loaded.notes) note(sentence)
    return loaded.configuration
  }
  throw new ConfigurationError(loaded.problems.join('\n'))
}

/** The configuration as YAML, secrets masked. */
export const printedConfiguration = async (configuration: Configuration): Promise<string> => {
  const { stringify } = (await import('yaml')).default
  return stringify(maskedConfiguration(configuration))
}

const settingsIn = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return await readSettingsFile(path, '--config or RTMP_CONFIG', 'sections with options')
  } catch (error) {
    if (error instanceof SettingsFileError) throw new ConfigurationError(error.message, { cause: error })
    throw error
  }
}
