import type { Asked } from './scripted-server.ts';

/** What every key holds on a server that answers by {@link goodReply}. */
export function goodValue(key: string): string {
  return `value of ${key}`;
}

const CAS_TOKEN = 7;

/** What a memcached that has every key answers, in the dialect it was asked in. */
export function goodReply({ line }: Pick<Asked, 'line'>): string {
  const [verb, key = '', ...words] = line.split(' ');
  const value = goodValue(key);
  switch (verb) {
    case 'get':
    case 'gets': {
      const cas = verb === 'gets' ? ` ${CAS_TOKEN}` : '';
      const keys = [key, ...words];
      const values = keys.map(
        (each) => `VALUE ${each} 0 ${goodValue(each).length}${cas}\r\n${goodValue(each)}\r\n`,
      );
      return `${values.join('')}END\r\n`;
    }
    case 'mg': {
      const named = words.includes('k') ? ` k${key}` : '';
      const facts = words.includes('c') ? ` c${CAS_TOKEN} t-1 l0 h0` : '';
      return `VA ${value.length}${named} f0${facts}\r\n${value}\r\n`;
    }
    case 'mn':
      return 'MN\r\n';
    case 'ms':
    case 'md':
      return 'HD\r\n';
    case 'delete':
      return 'DELETED\r\n';
    default:
      return 'STORED\r\n';
  }
}
