// Writes docs/configuration.md from the schema of the server's configuration.
import { writeFileSync } from 'node:fs'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from '../packages/server/src/config/option.ts'

const HEAD = `# Configuration of rtmp-server

<!-- Written by scripts/write-configuration.ts from packages/server/src/config; do not edit. -->

Every option has a default and can be set in a file (\`--config rtmp.yaml\`, YAML or JSON, or the variable \`RTMP_CONFIG\`), by an
environment variable, and by a flag. Flags count more than variables, variables more than the file. Secrets and structures have no flag:
others can see a command line. Lists in flags and variables are separated by commas; structures in variables are JSON.
\`--init\` writes a file to begin with, and its JSON Schema beside it, by which editors complete and check (\`$schema\` in JSON, \`# yaml-language-server: $schema=\` in
YAML; it is \`@rtmp/server/schema.json\`, too). \`--check-config\` says whether a start would succeed, \`--print-config\` what results, with secrets masked. A mistake is
answered by one sentence each, and the server does not start.

\`\`\`yaml
rtmp:
  port: 1935
rtmps:
  port: 443
  cert: /etc/rtmp/fullchain.pem
  key: /etc/rtmp/privkey.pem
access:
  users:
    anna: pbkdf2:210000:…        # hashPassword of @rtmp/server/access, or the password itself
  table:
    rules:
      - { stream: live/*, publish: [anna], play: true }
\`\`\`
`

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

const shown = ({ fallback }: ConfigurationOption): string => {
  if (fallback === '') return 'none'
  if (Array.isArray(fallback)) return fallback.length === 0 ? 'none' : `\`${fallback.join(', ')}\``
  if (typeof fallback !== 'string' && typeof fallback !== 'number' && typeof fallback !== 'boolean')
    return 'none'
  return `\`${fallback}\``
}

/** The whole page. */
export const configurationPage = (): string => {
  const lines = [HEAD]
  let section: string | undefined
  for (const option of CONFIGURATION_OPTIONS) {
    const title = option.sections.join(': ') || 'General'
    if (title !== section) {
      const place = option.path.slice(0, -1).join('.')
      lines.push('', `## ${title}${place === '' ? '' : ` (\`${place}\`)`}`, '')
      lines.push('| Option, flag, variable | Default | |', '|---|---|---|')
      section = title
    }
    const { path, flag, variable, description, expected, secret, form } = option
    const what = form === 'json' ? `${description}: ${expected}` : description
    // One under the other: three columns of long names leave no room for what they mean.
    const names = [path.join('.'), ...(flag === undefined ? [] : [flag]), variable]
    const named = names.map((name) => `\`${name}\``).join(' ')
    lines.push(`| ${named} | ${shown(option)} | ${cell(what)}${secret ? ' (secret)' : ''} |`)
  }
  return `${lines.join('\n')}\n`
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage())
}
