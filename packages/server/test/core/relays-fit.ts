import { resolvedRules } from '../../src/node/relay/resolved-rules.ts'

/** Whether a relay rule for a path is for a stream. */
export const relaysFit = (path: string, app: string, streamName: string): boolean => {
  const { pulls } = resolvedRules([{ pull: 'rtmp://origin/{app}/{streamName}', stream: path }])
  return pulls.some((rule) => rule.fits(app, streamName))
}
