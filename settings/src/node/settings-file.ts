import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

/** A file with options that cannot be used. Its message is one sentence for a person, with what to do. */
export class SettingsFileError extends Error {
  override readonly name = 'SettingsFileError'
  /** `unreadable`: not there, or not to be opened; `syntax`: no YAML or JSON; `shape`: something else than options. */
  readonly kind: 'unreadable' | 'syntax' | 'shape'

  constructor(kind: SettingsFileError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/**
 * What stands in a file with options: JSON where its name ends in `.json`, else YAML. An empty file holds none; `$schema`, by which
 * editors check a file, is none of them.
 *
 * @param path - Of the file.
 * @param hint - What names the file, for whoever named the wrong one: `--config or RTMP_CONFIG`.
 * @param holds - What must stand in it, to end a sentence that begins with "it must hold".
 * @throws SettingsFileError
 */
export const readSettingsFile = async (
  path: string,
  hint: string,
  holds: string,
): Promise<Readonly<Record<string, unknown>>> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const why = (error as { code?: unknown }).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new SettingsFileError('unreadable', `${path}: ${why}; correct ${hint}.`, { cause: error })
  }
  const isJson = extname(path).toLowerCase() === '.json'
  let value: unknown
  try {
    value = isJson ? JSON.parse(text) : ((await import('yaml')).default.parse(text) ?? {})
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    const message = `${path}: it cannot be read as ${isJson ? 'JSON' : 'YAML'}: ${first}`
    throw new SettingsFileError('syntax', message, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsFileError('shape', `${path}: it must hold ${holds}.`)
  }
  const { $schema: _, ...settings } = value as Record<string, unknown>
  return settings
}
