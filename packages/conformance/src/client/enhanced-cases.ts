import { check, nonStrict, notApplicable } from '../case/verdict.ts'
import { bytesOf, hexOf } from '../wire/hex.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import { type ClientTest, clientCase } from './client-test.ts'
import { type ServerSide } from './server-side.ts'
import { connectObject, SUCCESS, worksWith } from './command-session.ts'

const reconnect = (tcUrl?: string): readonly unknown[] => [
  'onStatus',
  0,
  null,
  {
    level: 'status',
    code: 'NetConnection.Connect.ReconnectRequest',
    description: '',
    ...(tcUrl === undefined ? {} : { tcUrl }),
  },
]

const wantsReconnect = async (t: ClientTest): Promise<ServerSide> => {
  const side = await t.serve('publish')
  await t.works(side)
  const connect = side.peer.messages.find((each) => nameOf(each) === 'connect')
  const object = (connect === undefined ? {} : amfValues(connect.payload)[2]) as Record<string, unknown>
  if ((Number(object['capsEx'] ?? 0) & 1) === 0) notApplicable('the client did not announce Reconnect')
  return side
}

/** Cases about a client's Enhanced RTMP (E-RTMP v2). */
export const clientEnhancedCases = [
  clientCase('ERTMP-AUD-06', async (t) => {
    const side = await t.serve('publish')
    await t.works(side)
    const aac = side.mediaMessages.find(
      ({ typeId, payload }) => typeId === 8 && hexOf(payload.subarray(1, 5)) === '6d703461',
    )
    check(
      aac === undefined,
      'AAC in the legacy form for a server that announced nothing',
      aac === undefined ? '' : messageText(aac),
    )
  }),
  clientCase('ERTMP-VID-08', async (t) => {
    const side = await t.serve('publish')
    await t.works(side)
    const avc = side.mediaMessages.find(
      ({ typeId, payload }) => typeId === 9 && hexOf(payload.subarray(1, 5)) === '61766331',
    )
    check(
      avc === undefined,
      'H.264 as CodecID 7 for a server that announced nothing',
      avc === undefined ? '' : messageText(avc),
    )
  }),
  clientCase('ERTMP-CAPS-01a', async (t) => {
    const { object } = await connectObject(t)
    const announced = ['fourCcList', 'videoFourCcInfoMap', 'audioFourCcInfoMap'].some(
      (key) => object[key] !== undefined,
    )
    if (!announced) nonStrict('the client announces no codecs of E-RTMP')
  }),
  worksWith('ERTMP-CAPS-04b', {
    on: {
      connect: (side, values) =>
        side.result(
          Number(values[1]),
          {},
          { ...SUCCESS, CapsEx: 15, videoFourCcInfoMap: { '*': 4 }, fourCcList: ['*'] },
        ),
    },
  }),
  worksWith('ERTMP-CAPS-05', {
    on: {
      connect: (side, values) =>
        side.result(
          Number(values[1]),
          { capsEx: 0xffffffff, videoFunction: 0xffff, fooBar: [1] },
          { ...SUCCESS, capsEx: 0xffffffff },
        ),
    },
  }),
  clientCase('ERTMP-CAPS-07', async (t) => {
    const side = await t.serve('publish')
    await t.works(side)
    const multi = side.mediaMessages.find(
      ({ typeId, payload: [first = 0] }) =>
        (typeId === 9 && (first & 0x8f) === 0x86) || (typeId === 8 && first === 0x95),
    )
    check(
      multi === undefined,
      'one track for a server without Multitrack',
      multi === undefined ? '' : messageText(multi),
    )
  }),
  clientCase('ERTMP-MODEX-05', async (t) => {
    const side = await t.serve('publish')
    await t.works(side)
    const modEx = side.mediaMessages.find(
      ({ typeId, payload: [first = 0] }) =>
        (typeId === 9 && (first & 0x8f) === 0x87) || (typeId === 8 && first === 0x97),
    )
    check(
      modEx === undefined,
      'no ModEx for a server without it',
      modEx === undefined ? '' : messageText(modEx),
    )
  }),
  clientCase('ERTMP-AMF-01', async (t) => {
    const side = await t.serve()
    await t.works(side)
    const wrong = side.peer.messages.find(({ typeId }) => typeId >= 15 && typeId <= 17)
    check(wrong === undefined, 'no message of type 15, 16 or 17', `type ${wrong?.typeId}`)
  }),
  clientCase('ERTMP-AMF-05', async (t) => {
    const { payload } = await connectObject(t)
    const at = 3 + 'connect'.length + 9
    check(payload[at] === 3, 'the command object is an object', `marker ${payload[at]}`)
  }),
  clientCase('ERTMP-ONM-01', async (t) => {
    const side = await t.serve('publish')
    await t.works(side)
    const message = side.peer.messages.find(
      (each) => each.typeId === 18 && (nameOf(each) === '@setDataFrame' || nameOf(each) === 'onMetaData'),
    )
    if (message === undefined) return notApplicable('the client sends no metadata')
    const name = bytesOf('02 000A 6F6E4D65746144617461')
    const at = message.payload.findIndex((_, from) =>
      name.every((byte, index) => message.payload[from + index] === byte),
    )
    check(message.payload[at + name.length] === 8, 'the value is an ECMA array', messageText(message))
  }),
  clientCase('ERTMP-RR-02', async (t) => {
    const side = await wantsReconnect(t)
    side.call(...reconnect())
    check((await t.connection(1)) !== undefined, 'a second connection to the same server', 'none')
  }),
  clientCase('ERTMP-RR-07a', async (t) => {
    const side = await wantsReconnect(t)
    side.call(...reconnect('http://127.0.0.1/'))
    side.call(...reconnect('file:///etc/passwd'))
    await t.works(side)
  }),
]
