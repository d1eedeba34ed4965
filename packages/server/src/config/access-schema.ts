import * as v from 'valibot'
import type { TableRule } from '../access/table.ts'
import { choice, choices, list, number, structure, text, url, yesNo } from './field.ts'
import { section } from './section.ts'

const who = v.union([v.boolean(), v.literal('users'), v.array(v.string())])

const rule: v.GenericSchema<TableRule> = v.strictObject({
  stream: v.string(),
  publish: v.exactOptional(who),
  play: v.exactOptional(who),
})

const texts = v.record(v.string(), v.string())
const ACTIONS = ['publish', 'play'] as const

const addresses = (what: string) =>
  section(`Addresses that may ${what}`, {
    allow: list([], 'addresses and networks; if any are given, nobody else may'),
    deny: list([], 'addresses and networks that may not'),
  })

/** Who may do what. Without any of it, everybody may publish and play everything. */
export const accessSchema = section('Access', {
  users: structure(
    {},
    'passwords by user, for challenge and table',
    'an object with a password for each user',
    texts,
    {
      secret: true,
    },
  ),
  addresses: section('By address', {
    connect: addresses('connect'),
    publish: addresses('publish'),
    play: addresses('play'),
  }),
  challenge: section('By user and password at connect, as encoders know it (rtmp://user:password@host/app)', {
    scheme: choice(['off', 'adobe', 'llnw'], 'off', 'which exchange; adobe is the usual one'),
    apps: list(['*'], "apps that need it, '*' for any text"),
  }),
  table: section('By a table of streams and users', {
    rules: structure(
      [],
      'the first rule that fits the stream and says something about publish or play decides; none switches the table off',
      "a list of { stream: 'live/*', publish, play }, each of these true, false, 'users' or a list of users",
      v.array(rule),
    ),
    otherwise: choice(['allow', 'deny'], 'deny', 'what holds where no rule decides'),
    userParameter: text('user', 'parameter of the URL that holds the user'),
    passwordParameter: text('pass', 'parameter of the URL that holds the password'),
  }),
  tokens: section('By signed tokens that expire (?expires=…&token=…)', {
    secrets: list([], 'secrets that tokens may be signed with; none switches tokens off', { secret: true }),
    actions: choices(ACTIONS, 'what needs a token'),
    bindAddress: yesNo(false, 'whether a token holds the address of the client that may use it'),
  }),
  jwt: section('By JSON Web Tokens (?jwt=…)', {
    jwksUrl: url(['http', 'https'], 'where the issuer publishes its keys'),
    publicKey: text('', 'a public key instead, as PEM text'),
    secret: text('', 'a shared secret instead', { secret: true }),
    algorithms: list([], 'algorithms that may be used; by default those that fit the kind of key'),
    issuer: text('', 'what iss must be'),
    audience: text('', 'what aud must hold'),
    parameter: text('jwt', 'parameter of the URL that holds the token'),
    actions: choices(ACTIONS, 'what needs a token'),
    timeoutMs: number(5000, 'milliseconds for the keys to be fetched', 1),
  }),
  callbacks: section('By asking HTTP endpoints', {
    form: choice(
      ['json', 'nginx', 'srs'],
      'json',
      'form of the requests: as the manual has it, or as back ends of nginx-rtmp or SRS know it',
    ),
    connect: url(['http', 'https'], 'URL that is asked about each connection'),
    publish: url(['http', 'https'], 'URL that is asked about each publish'),
    play: url(['http', 'https'], 'URL that is asked about each play'),
    ended: url(['http', 'https'], 'URL that is told of each end'),
    recording: url(['http', 'https'], 'URL that is told of recordings: begun, each finished file, ended'),
    secret: text('', 'signs the requests (x-rtmp-signature)', { secret: true }),
    timeoutMs: number(3000, 'milliseconds for an answer', 1),
    retries: number(2, 'how often to try again when there is no answer', 0, 10),
    retryDelayMs: number(250, 'milliseconds before the first retry, doubled before each further one'),
    headers: structure({}, 'more headers of the requests', 'an object with texts', texts, { secret: true }),
  }),
  recheckSeconds: number(
    0,
    'ask again about what goes on, so many seconds after each answer; a refusal ends it; 0 never asks',
  ),
})
