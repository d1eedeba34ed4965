// How changelogs are written: what was said of a change, and one line for what a package stands on.

/** @param {{ summary: string }} changeset */
const getReleaseLine = async ({ summary }) => {
  const [first, ...more] = summary.trim().split('\n')
  return [`\n- ${first.trimEnd()}`, ...more.map((line) => `  ${line}`.trimEnd())].join('\n')
}

/** @param {unknown} _ @param {readonly { name: string; newVersion: string }[]} dependencies */
const getDependencyReleaseLine = async (_, dependencies) =>
  dependencies.length === 0
    ? ''
    : `- Stands on ${dependencies.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')}`

module.exports = { getReleaseLine, getDependencyReleaseLine }
