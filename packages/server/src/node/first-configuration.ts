import { copyFile, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError } from './configuration-error.ts'
import { pageAddress } from './own-package.ts'

/** Where `--init` writes unless it is told. */
export const FIRST_FILE = 'rtmp.yaml'

/** Beside this package's package.json. */
const SCHEMA = fileURLToPath(new URL('../../schema.json', import.meta.url))

/** A configuration of defaults, with what most people change next as comments. */
export const firstConfiguration = (schema: string): string => `# yaml-language-server: $schema=${schema}
# Configuration of rtmp-server: rtmp-server --config this-file. What is left out has its default.
# All options are at ${pageAddress('configuration')}

rtmp:
  port: 1935

http:
  port: 8000 # pages, HTTP-FLV, HLS, health; 'off' for none
  # token: a-long-secret # for administration and metrics, else one is made at each start

# rtmps: # RTMP over TLS; the files are read again when they change
#   port: 443
#   cert: /etc/rtmp/fullchain.pem
#   key: /etc/rtmp/privkey.pem

# access: # without it anyone may publish and play any stream
#   users:
#     anna: a-password # better a hash: rtmp-server hash-password
#   table:
#     rules:
#       - { stream: live/*, publish: [anna], play: true }

# recordings:
#   - { stream: live/*, file: 'recordings/{path}/{start}.{ext}', format: fmp4 }

# relays:
#   - { stream: live/*, push: ['rtmps://elsewhere.example/app/key'] }

log:
  level: info # debug, warn, error
`

/**
 * Writes a configuration to begin with, and its JSON Schema beside it, by which editors complete and check it. Overwrites nothing.
 *
 * @returns What to tell whoever asked.
 * @throws ConfigurationError when the file is there, or cannot be written.
 */
export const writeFirstConfiguration = async (file: string): Promise<string> => {
  if (!/^\.ya?ml$/i.test(extname(file))) {
    throw new ConfigurationError(`${file}: --init writes YAML; give it a name that ends with .yaml.`)
  }
  const schema = `${basename(file, extname(file))}.schema.json`
  try {
    await writeFile(file, firstConfiguration(`./${schema}`), { flag: 'wx' })
    await copyFile(SCHEMA, join(dirname(file), schema))
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'EEXIST')
      throw new ConfigurationError(`${file}: it is there already, and was left as it is.`)
    throw new ConfigurationError(`${file}: it cannot be written: ${String(error)}`)
  }
  return `Wrote ${file}, and ${schema} for editors beside it. Next: start it with --config ${file}\n`
}
