// Whether a change of what packages ship says so to their users. Takes what it is compared with: `origin/main`.
import { execFileSync } from 'node:child_process'

const [base = 'origin/main'] = process.argv.slice(2)
const changed = execFileSync('git', ['diff', '--name-only', `${base}...HEAD`], { encoding: 'utf8' }).split(
  '\n',
)
const shipped = changed.filter((file) => /^packages\/[^/]+\/src\//.test(file))
const described = changed.some(
  (file) => /^\.changeset\/.+\.md$/.test(file) || /^packages\/.*CHANGELOG\.md$/.test(file),
)

if (shipped.length > 0 && !described) {
  const folders = [...new Set(shipped.map((file) => file.split('/')[1]))].join(', ')
  console.error(
    `Users of ${folders} will see this change, or not: npx pnpm changeset says what, and --empty that they will not.`,
  )
  process.exit(1)
}
