import { encodeAmf0 } from '@rtmp/amf0'
import { adobeResponse } from '@rtmp/client/auth'
import { check, fail, nonStrict, notApplicable } from '../case/verdict.ts'
import { md5 } from '../node/crypto.ts'
import { bigEndian } from '../wire/chunk-bytes.ts'
import { command } from '../wire/commands.ts'
import { bytesOf, joined } from '../wire/hex.ts'
import { nameOf } from '../wire/message-text.ts'
import { audioFrame } from '../wire/media.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { serverCase, type ServerTest, statusOf } from './server-test.ts'

const text = (value: string): Uint8Array => {
  const bytes = new TextEncoder().encode(value)
  return joined(bigEndian(bytes.length, 2), bytes)
}

const event = (type: number, body: Uint8Array = new Uint8Array(), length = body.length): Uint8Array =>
  joined(Uint8Array.of(type), bigEndian(length, 4), body)

/** A shared object message (RTMP 1.0 §7.1.3): name, version, 8 bytes of flags, events. */
const shared = (peer: WirePeer, name: string, ...events: readonly Uint8Array[]): void =>
  peer.send({
    typeId: 19,
    payload: joined(text(name), bigEndian(0, 4), new Uint8Array(8), ...events),
    csid: 3,
  })

/** Event types in a shared object message. */
const eventTypes = ({ typeId, payload }: SeenMessage): readonly number[] => {
  if (typeId !== 19 && typeId !== 16) return []
  const types: number[] = []
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  for (let at = 2 + view.getUint16(0) + 12; at + 5 <= payload.length; at += 5 + view.getUint32(at + 1))
    types.push(payload[at] ?? 0)
  return types
}

const USE = 1
const REQUEST_CHANGE = 3
const CHANGE = 4
const SUCCESS = 5
const SEND_MESSAGE = 6
const CLEAR = 8
const REMOVE = 9
const REQUEST_REMOVE = 10
const USE_SUCCESS = 11

const got = async (t: ServerTest, peer: WirePeer, type: number, ms = t.answerMs): Promise<boolean> => {
  const has = (): boolean => peer.messages.some((message) => eventTypes(message).includes(type))
  return await peer.until(has, ms)
}

/** Two users of one shared object; not applicable when the server has none. */
const users = async (t: ServerTest): Promise<{ name: string; one: WirePeer; other: WirePeer }> => {
  const name = t.name()
  const [one, other] = [await t.connect(), await t.connect()]
  for (const peer of [one, other]) {
    shared(peer, name, event(USE))
    if (!(await got(t, peer, USE_SUCCESS, t.quietMs)))
      return notApplicable('the server has no shared objects')
  }
  return { name, one, other }
}

/** Whether `connect` to this app is accepted, and if not how it was refused. */
const connectsTo = async (
  t: ServerTest,
  properties: Record<string, unknown>,
): Promise<'accepted' | 'refused' | 'ended'> => {
  const peer = await t.handshake()
  peer.send(command(0, 'connect', 1, properties))
  const message = await t.answer(peer, 1)
  if (message !== undefined) return nameOf(message) === '_result' ? 'accepted' : 'refused'
  check(peer.ended !== undefined, 'an answer to connect, or the end', 'neither')
  return 'ended'
}

/** The description of the refusal that a connect to this app gets; `undefined` when it is accepted. */
const refusal = async (t: ServerTest, query: string): Promise<string | undefined> => {
  const peer = await t.handshake()
  const { app, tcUrl } = t.profile
  peer.send(command(0, 'connect', 1, t.properties({ app: `${app}${query}`, tcUrl: `${tcUrl}${query}` })))
  const message = await t.answer(peer, 1)
  if (message === undefined || nameOf(message) === '_result') return undefined
  return String(statusOf(message)['description'])
}

interface Dialogue {
  readonly salt: string
  readonly challenge: string
  readonly opaque: string | undefined
}

/** The first two steps of the Adobe dialogue. */
const adobeChallenge = async (t: ServerTest, user: string): Promise<Dialogue> => {
  const first = await refusal(t, '')
  if (first?.includes('authmod=adobe') !== true)
    return notApplicable('the server does not ask for authmod=adobe')
  const second = await refusal(t, `?authmod=adobe&user=${user}`)
  const field = (name: string): string | undefined =>
    new RegExp(`[?&]${name}=([^&\\s;]*)`).exec(second ?? '')?.[1]
  const [salt, challenge] = [field('salt'), field('challenge')]
  if (salt === undefined || challenge === undefined) return fail('salt and challenge', String(second))
  return { salt, challenge, opaque: field('opaque') }
}

const credentials = (t: ServerTest): { name: string; password: string } =>
  t.profile.user ?? notApplicable('needs a user: give --user name:password')

const answerQuery = (user: string, password: string, dialogue: Dialogue, own = 'AQIDBA=='): string => {
  const { salt, challenge } = dialogue
  const given = dialogue.opaque === undefined ? {} : { opaque: dialogue.opaque }
  const response = adobeResponse(md5, { user, salt, challenge, ...given }, password, own)
  const opaque = dialogue.opaque === undefined ? '' : `&opaque=${dialogue.opaque}`
  return `?authmod=adobe&user=${user}&challenge=${own}&response=${response}${opaque}`
}

/** Cases about shared objects, names and addresses, and authentication. */
export const sharedObjectUrlAuthCases = [
  serverCase('RTMP-SO-01', async (t) => {
    const { one } = await users(t)
    check(await got(t, one, CLEAR), 'Clear with UseSuccess', 'none')
  }),
  serverCase('RTMP-SO-02', async (t) => {
    const { name, one, other } = await users(t)
    shared(one, name, event(REQUEST_CHANGE, joined(text('a'), encodeAmf0([1]))))
    check(await got(t, one, SUCCESS), 'Success to who asked', 'none')
    check(await got(t, other, CHANGE), 'Change to the other', 'none')
  }),
  serverCase('RTMP-SO-03', async (t) => {
    const { name, one, other } = await users(t)
    shared(one, name, event(SEND_MESSAGE, encodeAmf0(['hello', 42])))
    check(
      (await got(t, one, SEND_MESSAGE)) && (await got(t, other, SEND_MESSAGE)),
      'the message at both',
      'not so',
    )
  }),
  serverCase('RTMP-SO-04', async (t) => {
    const { name, one, other } = await users(t)
    shared(one, name, event(REQUEST_CHANGE, joined(text('a'), encodeAmf0([1]))))
    await got(t, other, CHANGE)
    shared(one, name, event(REQUEST_REMOVE, text('a')))
    check(await got(t, other, REMOVE), 'Remove at the users', 'none')
  }),
  serverCase('RTMP-SO-05', async (t) => {
    const peer = await t.connect()
    shared(peer, 'so', event(USE, new Uint8Array(), 0xffffffff))
    peer.send({ typeId: 19, payload: bytesOf('FFFF 61'), csid: 3 })
    shared(peer, 'so', event(99))
    await t.noHarm(peer)
  }),
  serverCase('RTMP-SO-06', async (t) => {
    const peer = await t.connect()
    shared(peer, 'so', event(USE))
    peer.send({
      typeId: 16,
      payload: joined(Uint8Array.of(0), text('so'), new Uint8Array(12), event(USE)),
      csid: 3,
    })
    await t.alive(peer)
  }),
  serverCase('RTMP-URL-01a', async (t) => {
    const { app } = t.profile
    for (const form of [`${app}/`, `/${app}`, `${app}/_definst_`])
      await connectsTo(t, t.properties({ app: form }))
  }),
  serverCase('RTMP-URL-01b', async (t) => {
    const { tcUrl, ...without } = t.properties()
    for (const properties of [
      without,
      { ...without, tcUrl: 'rtmp://elsewhere.invalid/live' },
      { ...without, tcurl: tcUrl },
    ]) {
      const how = await connectsTo(t, properties)
      check(how === 'accepted', 'connect is accepted whatever tcUrl says', how)
    }
  }),
  serverCase('RTMP-URL-03', async (t) => {
    const peer = await t.handshake()
    peer.send(command(0, 'connect', 1, t.properties({ app: `${t.profile.app}/key?sign=a` })))
    const message = await t.answer(peer, 1)
    if (message === undefined || nameOf(message) === '_error') return
    const msid = await t.createStream(peer)
    peer.send(command(msid, 'publish', 5, null, 'b', 'live'))
    check(
      (await t.status(peer, [])) !== undefined || peer.ended !== undefined,
      'a status, or the end',
      'neither',
    )
  }),
  serverCase('RTMP-URL-07', async (t) => {
    const name = t.name()
    const pub = await t.publish(`mp4:${name}`)
    pub.sendHeaders()
    const { sub, shift } = await t.join(pub)
    await t.play(name)
    const frame = audioFrame()
    pub.sendAudio(frame, 400)
    await t.relayed({ sub, shift }, 8, frame)
  }),
  // Alone: a server has been seen to end of it, and all its other connections with it.
  serverCase('RTMP-URL-08', async (t) => {
    await connectsTo(t, t.properties({ app: 'a'.repeat(60_000) }))
    for (const name of ['a\0b', '../../etc/passwd', '𝄞𝄞', '\ufffd']) {
      const peer = await t.connect()
      const msid = await t.createStream(peer)
      peer.send(command(msid, 'publish', 5, null, name, 'live'))
      await t.noHarm(peer)
      peer.link.reset()
    }
    const peer = await t.connect()
    peer.send({
      typeId: 20,
      msid: 1,
      payload: joined(encodeAmf0(['publish', 5, null]), bytesOf('02 0002 C328')),
    })
    await t.noHarm(peer)
  }),
  serverCase('RTMP-AUTH-02', async (t) => {
    const { name, password } = credentials(t)
    const dialogue = await adobeChallenge(t, name)
    const why = await refusal(t, answerQuery(name, password, dialogue, 'a/b+cd=='))
    check(why === undefined, 'the right response is accepted', String(why))
  }),
  serverCase('RTMP-AUTH-03a', async (t) => {
    const { name, password } = credentials(t)
    const dialogue = await adobeChallenge(t, name)
    const right = answerQuery(name, password, dialogue)
    await refusal(t, right)
    check((await refusal(t, right)) !== undefined, 'a response is taken once', 'it was accepted again')
    const again = await adobeChallenge(t, name)
    check(
      (await refusal(t, answerQuery(name, `${password}x`, again))) !== undefined,
      'a wrong password is refused',
      'accepted',
    )
    const other = await adobeChallenge(t, 'nobody-of-this-name')
    const stranger = await refusal(t, answerQuery('nobody-of-this-name', password, other))
    check(stranger !== undefined, 'an unknown user is refused', 'accepted')
  }),
  serverCase('RTMP-AUTH-03b', async (t) => {
    const { name } = credentials(t)
    const [one, other] = [await adobeChallenge(t, name), await adobeChallenge(t, name)]
    if (one.salt === other.salt && one.challenge !== other.challenge)
      return nonStrict('the salt is always the same')
    check(one.challenge !== other.challenge, 'a new challenge each time', one.challenge)
  }),
]
