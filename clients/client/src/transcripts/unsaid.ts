/**
 * What transcripts have their clients send and ours does not send so: bad input on purpose, and questions that the public interface has no
 * words for. By file, by what keeps ours from it, the beginnings of the lines in order. The list is exact: a line on it that ours says after
 * all is a failure like one that it does not say and that is missing here.
 */

/** Why it is not said so. What is no word here is the name of members in which what ours says differs. */
export const reasons: { readonly [what: string]: string } = {
  'no object': 'not text, not JSON, or not an object: ours sends objects only',
  type: 'no type that there is, or `hello`, which ours says before anything else, and only where it has a name or a token',
  id: 'an id that is none: ours numbers its subscriptions from 1',
  'an id it does not have': 'of a subscription that is not held there is nobody to ask this',
  silence: 'ours keeps still: one answer is awaited before the next question of a subscription, and before the next ping; a past that was told to its end is held',
  since: 'a cursor that this client does not hold: ours says its own, which is checked to be that of rule 5',
  channels: 'every query names channels',
  data: 'every publish has data, which a removal does not need, and its numbers are those of JavaScript, which writes -0 as 0',
  filter: 'an infinite edge is null in JSON',
  x: 'a ping has no members of the application’s',
}

export const unsaid: { readonly [file: string]: { readonly [what: string]: readonly string[] } } = {
  'announce.txt': {
    since: ['{"type":"subscribe","id":2,"channels":["mesh:node"],"filter":{"b'],
  },
  'backlog.txt': {
    silence: [
      '{"type":"ping","ref":1}', '{"type":"ping","ref":2}', '{"type":"ping","ref":3}', '{"type":"ping","ref":4}', '{"type":"ping","ref":5}',
      '{"type":"ping","ref":6}', '{"type":"ping","ref":7}', '{"type":"subscribe","id":1,"channels":["mesh:node"]}',
      '{"type":"subscribe","id":1,"channels":["mesh:node"]}', '{"type":"subscribe","id":1,"channels":["mesh:node"]}',
      '{"type":"subscribe","id":1,"channels":["mesh:node"]}', '{"type":"subscribe","id":1,"channels":["mesh:node"]}',
    ],
  },
  'boxes.txt': {
    filter: ['{"type":"subscribe","id":9,"channels":["geo:point"],"filter":{"b'],
  },
  'bye.txt': {
    silence: ['{"type":"ping","ref":1}'],
  },
  'events.txt': {
    since: ['{"type":"subscribe","id":1,"channels":["mesh:message"],"snapshot'],
    data: ['{"type":"publish","channel":"mesh:message","key":"!a1","op":"rem'],
  },
  'ids.txt': {
    'an id it does not have': ['{"type":"unsubscribe","id":1}', '{"type":"unsubscribe","id":1,"ref":7}', '{"type":"snapshot","id":1,"ref":"s"}'],
  },
  'input_abuse.txt': {
    'no object': [
      '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23', '24', '25', '26',
      '27', '28', '29', '30',
    ],
    type: ['{"type":"dance"}'],
  },
  'input_is_checked.txt': {
    'no object': [
      'hello', '{"type":"ping","ref":"r"', '{"type":"ping","x":[1 2]}', '{"type":"ping","x":{"y":01}}', '{"type":"ping"} {"type":"ping"}',
      '[{"type":"ping"}]', 'null',
    ],
    x: [
      '{"type":"ping","x":"\\ud800"}', '{"type":"ping","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
      '{"type":"ping","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
    ],
    type: ['{}', '{"type":1}', '{"type":"dance","ref":5}'],
    id: [
      '{"type":"subscribe","channels":["mesh:node"]}', '{"type":"subscribe","id":"1","channels":["mesh:node"]}',
      '{"type":"subscribe","id":0,"channels":["mesh:node"]}', '{"type":"subscribe","id":4294967296,"channels":["mesh:node"]}',
    ],
    channels: ['{"type":"subscribe","id":1}'],
    data: ['{"type":"publish","channel":"mesh:node","key":"!a1","ref":"p"}'],
  },
  'input_not_text.txt': {
    'no object': ['bytes', 'bytes', 'bytes'],
  },
  'late_reports.txt': {
    data: ['{"type":"publish","channel":"mesh:node","key":"!a1","op":"remove'],
  },
  'life_stalled.txt': {
    silence: ['{"type":"ping","ref":1}', '{"type":"ping","ref":2}'],
  },
  'limits.txt': {
    data: ['{"type":"publish","channel":"mesh:node","key":"k2","op":"remove"'],
    type: ['{"type":"dance","ref":"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr'],
  },
  'looking_back_at.txt': {
    silence: ['{"type":"snapshot","id":1,"ref":7}'],
  },
  'looking_back_refused.txt': {
    since: ['{"type":"subscribe","id":1,"channels":["mesh:name"],"at":"2026-1'],
  },
  'presence.txt': {
    data: ['{"type":"publish","channel":"mesh:presence","key":"!a1","op":"re'],
  },
  'resume.txt': {
    since: [
      '{"type":"subscribe","id":7,"channels":["mesh:node","mesh:node"],', '{"type":"subscribe","id":1,"channels":["mesh:node"],"since":{"ep',
      '{"type":"subscribe","id":1,"channels":["mesh:node"],"since":{"ep',
    ],
    'an id it does not have': ['{"type":"unsubscribe","id":7}'],
  },
  'resume_refused.txt': {
    since: [
      '{"type":"subscribe","id":2,"channels":["mesh:node"],"since":{"ep', '{"type":"subscribe","id":3,"channels":["mesh:node"],"since":{"ep',
      '{"type":"subscribe","id":4,"channels":["mesh:*"],"since":{"epoch', '{"type":"subscribe","id":5,"channels":["mesh:node"],"filter":{"k',
      '{"type":"subscribe","id":6,"channels":["mesh:node"],"fields":[],', '{"type":"subscribe","id":7,"channels":["mesh:node"],"since":{"ep',
      '{"type":"subscribe","id":7,"channels":["mesh:node"],"since":{"ep',
    ],
  },
  'seq_of_an_answer.txt': {
    data: ['{"type":"publish","channel":"mesh:node","key":"!nobody","op":"re'],
  },
  'snapshot_is_always_sent.txt': {
    'an id it does not have': ['{"type":"snapshot","id":9}'],
  },
  'values_keep_their_text.txt': {
    data: ['{"type":"publish","channel":"lab:probe","key":"p","data":{"a":1.'],
  },
  'views.txt': {
    since: ['{"type":"subscribe","id":1,"channels":["mesh:node"],"since":{"ep'],
  },
  'welcome.txt': {
    type: ['{"type":"hello","client":"a test"}'],
  },
  'where.txt': {
    since: ['{"type":"subscribe","id":2,"channels":["mesh:telemetry"],"fields', '{"type":"subscribe","id":3,"channels":["mesh:*"],"filter":{"wher'],
  },
}
