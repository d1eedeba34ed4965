import { AUDIO_FOUR_CCS, VIDEO_FOUR_CCS } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { begin } from './peer.ts'

/** The FourCCs that a bit is set for, as a client announces that it can decode them. */
const announced = (fourCcs: readonly string[], bits: number): Record<string, number> =>
  Object.fromEntries(fourCcs.filter((_, i) => ((bits >> i) & 1) === 1).map((fourCc) => [fourCc, 1]))

const properties = (video: number, audio: number): Record<string, unknown> => ({
  videoFourCcInfoMap: announced(VIDEO_FOUR_CCS, video),
  audioFourCcInfoMap: announced(AUDIO_FOUR_CCS, audio),
})

test.each(['obey', 'announced'] as const)(
  '%s: equal players share every batch, whatever 300 strangers have announced before and with them',
  (enhancedOutput) => {
    const { core, peer } = begin({ enhancedOutput })
    const publisher = peer().publish()
    publisher.video(0, keyFrame(1))
    const strangers = Array.from({ length: 300 }, (_, i) =>
      peer({ properties: properties(i & 63, i >> 6) }).play(),
    )
    const equal = Array.from({ length: 40 }, () => peer({ properties: properties(63, 63) }).play())
    const formats = new Set(
      core.registry
        .find('live', 'key')
        ?.subscribers.slice(-40)
        .map(({ format }) => format),
    )
    expect(formats.size).toBe(1)
    const [format] = formats
    let calls = 0
    const encode = format?.encode.bind(format)
    if (format !== undefined && encode !== undefined) {
      format.encode = (messages) => {
        calls += 1
        return encode(messages)
      }
    }
    publisher.video(40, interFrame(2))
    expect(calls).toBe(1)
    for (const player of [...strangers, ...equal]) player.leave()
    expect(core.registry.formats.size).toBe(0)
  },
)
