import { encodeAmf0 } from '@rtmp/amf0'
import { check } from '../case/verdict.ts'
import { data } from '../wire/commands.ts'
import { joined } from '../wire/hex.ts'
import { clientCase } from './client-test.ts'
import { depthBomb, type Script, type ServerSide } from './server-side.ts'
import { connectObject, SUCCESS, worksWith } from './command-session.ts'

/** The client works, then gets this, and goes on. */
const bears = (id: string, send: (side: ServerSide) => void) =>
  clientCase(id, async (t) => {
    const side = await t.serve()
    await t.works(side)
    send(side)
    await t.works(side)
  })

/** Cases about a client's commands. */
export const clientCommandCases = [
  bears('RTMP-CMD-01c', (side) => {
    side.result(999, null, 5)
    side.result(1, {}, SUCCESS)
  }),
  worksWith('RTMP-CMD-02b', {
    on: {
      releaseStream: () => {},
      FCPublish: () => {},
      createStream: (side, values) => {
        const transaction = Number(values[1])
        side.result(transaction, null, 1)
        if (transaction > 2) side.result(transaction - 1, null, undefined)
        if (transaction > 3) side.result(transaction - 2, null, undefined)
      },
    },
  }),
  worksWith('RTMP-CMD-07c', {
    on: {
      releaseStream: (side, values) => side.error(Number(values[1]), 'NetConnection.Call.Failed'),
      FCPublish: (side, values) => side.error(Number(values[1]), 'NetConnection.Call.Failed'),
    },
  }),
  bears('RTMP-CMD-07d', (side) => {
    side.call('onFCPublish', 0, null, { code: 'NetStream.Publish.Start' })
    side.call('onBWDone', 0, null)
    side.call('fooBar', 9, null, 1)
  }),
  clientCase('RTMP-CMD-11', async (t) => {
    const { values, object } = await connectObject(t)
    check(values[1] === 1, 'transaction id 1', String(values[1]))
    check(
      typeof object['app'] === 'string' && typeof object['tcUrl'] === 'string',
      'app and tcUrl',
      Object.keys(object).join(', '),
    )
  }),
  worksWith('RTMP-CMD-12c', {
    on: { connect: (side, values) => side.result(Number(values[1]), {}, SUCCESS) },
  }),
  clientCase('RTMP-CMD-13c', async (t) => {
    const side = await t.serve(undefined, {
      on: {
        connect: (each, values) => {
          each.error(Number(values[1]), 'NetConnection.Connect.Rejected', 'not today')
          each.peer.link.end()
        },
      },
    })
    await t.leaves(side.peer)
  }),
  clientCase('RTMP-CMD-16c', async (t) => {
    const side = await t.serve(undefined, {
      on: { createStream: (each, values) => each.result(Number(values[1]), null, 'one') },
    })
    await side.peer.until(() => side.commands.includes('createStream'), t.answerMs)
    await t.noHarm(side)
    await t.pause(Math.min(200, t.quietMs))
    check(
      !side.commands.includes('publish') && !side.commands.includes('play'),
      'no publish or play without a stream',
      side.commands.join(', '),
    )
  }),
  clientCase('RTMP-CMD-19', async (t) => {
    const side = await t.serve()
    await t.works(side)
    for (let sent = 0; sent < 10; sent++) side.call('onBWDone', 0, null, 8192)
    await t.alive(side)
    await t.pause(Math.min(200, t.quietMs))
    const asked = side.commands.filter((name) => name === '_checkbw').length
    check(asked <= 10, 'at most one _checkbw for each onBWDone', String(asked))
  }),
  clientCase('RTMP-NS-03b', async (t) => {
    let started = false
    const side = await t.serve('publish', {
      on: {
        publish: (each) => {
          setTimeout(() => {
            started = true
            each.status('NetStream.Publish.Start')
          }, t.quietMs)
        },
      },
    })
    await side.peer.until(() => side.mediaMessages.length > 0 || started, t.answerMs)
    check(started, 'no media before Publish.Start', `${side.mediaMessages.length} messages`)
    await t.works(side)
  }),
  clientCase('RTMP-NS-03c', async (t) => {
    const side = await t.serve('publish', {
      on: {
        publish: (each, values) => {
          each.result(Number(values[1]), null, undefined)
          each.status('NetStream.Publish.Start')
        },
      },
    })
    await t.works(side)
  }),
  clientCase('RTMP-NS-05', async (t) => {
    const side = await t.serve('publish', {
      on: { publish: (each) => each.status('NetStream.Publish.BadName', 'error') },
    })
    await t.leaves(side.peer)
    check(
      side.mediaMessages.length === 0,
      'no media after a refusal',
      `${side.mediaMessages.length} messages`,
    )
  }),
  clientCase('RTMP-NS-12', async (t) => {
    const side = await t.serve('play')
    await t.works(side)
    side.peer.send(
      data(1, 0, '|RtmpSampleAccess', true, true),
      data(1, 0, 'onStatus', { code: 'NetStream.Data.Start' }),
      data(1, 0, 'onFooBar', 1, 'two'),
    )
    await t.works(side)
  }),
  clientCase('RTMP-SEQ-04a', async (t) => {
    const side = await t.serve('publish', { on: { releaseStream: () => {}, FCPublish: () => {} } })
    await t.works(side)
  }),
  clientCase('RTMP-SEQ-04b', async (t) => {
    const side = await t.serve('publish', {
      on: {
        connect: (each, values) =>
          each.result(
            Number(values[1]),
            { fmsVer: 'FMS/3,5,3,888', capabilities: 127, mode: 1 },
            { ...SUCCESS, objectEncoding: 0, data: { srs_server: 'x', version: '6.0' } },
          ),
        FCPublish: (each, values) => {
          each.result(Number(values[1]), null, undefined)
          each.call('onFCPublish', 0, null, {
            code: 'NetStream.Publish.Start',
            description: 'Started publishing stream.',
          })
        },
      },
    })
    await t.works(side)
  }),
  clientCase('RTMP-SEQ-05', async (t) => {
    const side = await t.serve('play', {
      on: {
        play: (each) => {
          each.status('NetStream.Play.Start')
          each.peer.send(data(1, 0, '|RtmpSampleAccess', true, true))
          each.media(3)
          each.beginMedia()
        },
      },
    })
    await t.works(side)
  }),
  clientCase('RTMP-URL-04', async (t) => {
    const { object } = await connectObject(t)
    const tcUrl = String(object['tcUrl'])
    check(/^rtmps?:\/\/[^@]+$/.test(tcUrl), 'a tcUrl without credentials', tcUrl)
  }),
  clientCase('RTMP-AUTH-01c', async (t) => {
    const need =
      '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=x&salt=ab12cd&challenge=srvch&opaque=opq1'
    const refuse: Script = {
      on: {
        connect: (each, values) => {
          each.error(Number(values[1]), 'NetConnection.Connect.Rejected', need)
          each.peer.link.end()
        },
      },
    }
    const side = await t.serve(undefined, refuse)
    await t.leaves(side.peer)
    await t.pause(t.quietMs)
    check(t.links.length <= 4, 'the client gives up after a round', `${t.links.length} connections`)
  }),
  clientCase('AMF-SEC-01d', async (t) => {
    const side = await t.serve()
    await t.works(side)
    side.peer.send({ typeId: 20, payload: joined(encodeAmf0(['_result', 77]), depthBomb(10_000)) })
    side.peer.send({ typeId: 18, msid: 1, payload: joined(encodeAmf0(['onMetaData']), depthBomb(10_000)) })
    await t.noHarm(side)
  }),
]
