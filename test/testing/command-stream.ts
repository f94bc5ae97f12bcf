/**
 * An endless, repeatable stream of memcached commands, right and wrong, in both dialects, on few keys so
 * that they meet.
 */
export class CommandStream {
  #state: number;
  /** CAS uniques seen in replies, newest last. */
  #seen: string[] = ['1'];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next command with its data block, complete: the server waits for nothing after it. */
  next(): string {
    const roll = this.#below(100);
    if (roll < 22) return this.#storage();
    if (roll < 34) return this.#read();
    if (roll < 46) return this.#other();
    if (roll < 62) return this.#metaSet();
    if (roll < 78) return this.#metaGet();
    if (roll < 86) return this.#metaArithmetic();
    if (roll < 93) return this.#metaDelete();
    return this.#nonsense();
  }

  /** Takes CAS uniques out of a reply, to use them later. */
  learn(reply: string): void {
    for (const [, classic, meta] of reply.matchAll(
      /^VALUE \S+ \d+ \d+ (\d+)\r$|^(?:HD|VA)[^\r\n]* c(\d+)/gm,
    )) {
      this.#seen.push((classic ?? meta) as string);
    }
    this.#seen = this.#seen.slice(-6);
  }

  /** Marsaglia's xorshift over 32 bits, after a Weyl step so that seed 0 works too. */
  #random(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }

  #below(limit: number): number {
    return this.#random() % limit;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  #key(): string {
    if (this.#chance(3))
      return this.#pick(['k'.repeat(250), 'k'.repeat(251), 'a\tb', '\xc3\xa9', 'noreply', '0']);
    return this.#pick(['a', 'b', 'c', 'foo', 'n1', 'n2']);
  }

  #base64Key(): string {
    if (this.#chance(10))
      return this.#pick(['Zg', 'Zm8=Zm9v', 'Z===', '=AAA', '!!!!', 'IA==', 'AAECAw==', 'Zm9v'.repeat(62)]);
    return this.#pick(['Zm9v', 'YQ==', 'Yg==', 'bjE=']);
  }

  #value(): string {
    const roll = this.#below(10);
    if (roll < 4) return this.#pick(NUMBERS);
    if (roll < 5) return '';
    if (roll < 6) return 'x'.repeat(this.#below(5000));
    return Array.from({ length: this.#below(40) }, () => String.fromCharCode(this.#below(256))).join('');
  }

  #number(): string {
    return this.#chance(20) ? this.#pick(NUMBERS) : String(this.#below(1000));
  }

  /** Long enough to outlast the stream, or over at once. */
  #exptime(): string {
    return this.#pick([
      '0',
      '0',
      '0',
      '300',
      '1000',
      '2592000',
      '2592001',
      '-1',
      '2147483647',
      '2147483648',
      '1',
      '4294967596',
    ]).replace(/^1$/, '900');
  }

  #cas(): string {
    return this.#chance(70)
      ? this.#pick(this.#seen)
      : this.#pick(['0', '1', '99999999', '18446744073709551615']);
  }

  /** Larger than any counter can get. */
  #hugeNumber(): string {
    return this.#pick(['18446744073709551615', '18446744073709551616', '9223372036854775808']);
  }

  #noreply(): string {
    return this.#chance(15) ? ' noreply' : '';
  }

  #block(value: string): string {
    const roll = this.#below(40);
    // Longer than announced: the rest is read as a command.
    if (roll === 0) return `${value}extra\r\n`;
    if (roll === 1) return `${value}\n\n`;
    return `${value}\r\n`;
  }

  #storage(): string {
    const verb = this.#pick(['set', 'set', 'set', 'add', 'replace', 'append', 'prepend', 'cas', 'cas']);
    const value = this.#value();
    const flags = this.#chance(70) ? '0' : this.#pick(['5', '4294967295', '4294967296', '-1', 'x', '+7']);
    const exptime = this.#chance(95) ? this.#exptime() : 'soon';
    const bytes = this.#chance(97) ? String(value.length) : this.#pick(['-1', 'x', '2147483647', '']);
    const cas = verb === 'cas' ? ` ${this.#cas()}` : '';
    const line = `${verb} ${this.#key()} ${flags} ${exptime} ${bytes}${cas}${this.#noreply()}\r\n`;
    return line + this.#block(value);
  }

  #read(): string {
    const verb = this.#pick(['get', 'get', 'gets', 'gets', 'gat', 'gats']);
    const keys = Array.from({ length: this.#below(4) }, () => this.#key());
    if (this.#chance(2)) keys.push(...Array.from({ length: 60 }, () => this.#pick(['a', 'b', 'none'])));
    const exptime = verb.startsWith('gat') ? ` ${this.#exptime()}` : '';
    return `${verb}${exptime} ${keys.join(' ')}${this.#pick(['\r\n', '\r\n', '\n'])}`;
  }

  #other(): string {
    const key = this.#key();
    const noreply = this.#noreply();
    switch (this.#below(8)) {
      case 0:
      case 1:
        return `incr ${this.#pick(['n1', 'n2', key])} ${this.#number()}${noreply}\r\n`;
      case 2:
      case 3:
        return `decr ${this.#pick(['n1', 'n2', key])} ${this.#chance(5) ? this.#hugeNumber() : this.#number()}${noreply}\r\n`;
      case 4:
        return `delete ${key}${this.#pick(['', '', ' 0', ' 5'])}${noreply}\r\n`;
      case 5:
        return `touch ${key} ${this.#exptime()}${noreply}\r\n`;
      case 6:
        return this.#chance(30)
          ? `flush_all${this.#pick(['', ' 0', ' -1', ' x'])}${noreply}\r\n`
          : `verbosity ${this.#pick(['1', 'x', '0'])}${noreply}\r\nverbosity 0\r\n`;
      default:
        return this.#pick(['version\r\n', 'mn\r\n', `me ${key}\r\n`, `me ${this.#base64Key()} b\r\n`]);
    }
  }

  /** Flags of a meta command: some of those it knows, rarely others, in any order. */
  #flags(choices: readonly (() => string)[]): string {
    const flags = choices.filter(() => this.#chance(25)).map((flag) => flag());
    if (this.#chance(4))
      flags.push(
        this.#pick([
          'z',
          'v',
          'q',
          'k',
          '\xff',
          'S',
          'T',
          'Tx',
          'Fx',
          'N',
          'C-1',
          'M',
          'MXY',
          'Dx',
          'Jx',
          `O${'x'.repeat(40)}`,
        ]),
      );
    for (let i = flags.length - 1; i > 0; i -= 1) {
      const j = this.#below(i + 1);
      [flags[i], flags[j]] = [flags[j] as string, flags[i] as string];
    }
    return flags.map((flag) => ` ${flag}`).join('');
  }

  #metaKey(): { readonly key: string; readonly b: string } {
    return this.#chance(25) ? { key: this.#base64Key(), b: ' b' } : { key: this.#key(), b: '' };
  }

  readonly #common: readonly (() => string)[] = [
    () => 'k',
    () => `O${this.#below(1000)}`,
    () => 'q',
    () => 'Phint',
    () => 'Lhint',
  ];

  #metaSet(): string {
    const { key, b } = this.#metaKey();
    const value = this.#value();
    const bytes = this.#chance(98) ? String(value.length) : this.#pick(['-1', 'x', 'S3']);
    const flags = this.#flags([
      ...this.#common,
      () => 'c',
      () => `C${this.#cas()}`,
      () => `F${this.#pick(['0', '7', '4294967295', '4294967296'])}`,
      () => 'I',
      () => `T${this.#exptime()}`,
      () => `M${this.#pick(['E', 'A', 'P', 'R', 'S', 'S', 'x'])}`,
    ]);
    return `ms ${key} ${bytes}${b}${flags}\r\n${this.#block(value)}`;
  }

  #metaGet(): string {
    const { key, b } = this.#metaKey();
    const flags = this.#flags([
      ...this.#common,
      ...['c', 'f', 'h', 'l', 's', 't', 'v', 'v', 'u'].slice(this.#below(2)).map((flag) => () => flag),
      () => 'E1',
      () => `N${this.#exptime()}`,
      () => `R${this.#pick(['0', '30', '400', '100000', '-1'])}`,
      () => `T${this.#exptime()}`,
    ]);
    // E came after 1.6.18, and v is listed twice, so most lines with both would be errors alone.
    const line = this.#chance(90) ? flags.replace(' E1', '').replace(/( v)(.*) v/, '$1$2') : flags;
    return `mg ${key}${b}${line}\r\n`;
  }

  #metaArithmetic(): string {
    const { key, b } = this.#chance(60) ? { key: this.#pick(['n1', 'n2']), b: '' } : this.#metaKey();
    const flags = this.#flags([
      ...this.#common,
      () => 'c',
      () => 't',
      () => 'v',
      () => `C${this.#cas()}`,
      () => `D${this.#number()}`,
      () => `J${this.#number()}`,
      () => `N${this.#exptime()}`,
      () => `T${this.#exptime()}`,
      () => `M${this.#pick(['I', 'D', '+', '-', 'i'])}`,
    ]);
    return `ma ${key}${b}${flags}\r\n`;
  }

  #metaDelete(): string {
    const { key, b } = this.#metaKey();
    const flags = this.#flags([
      ...this.#common,
      () => `C${this.#cas()}`,
      () => 'I',
      () => 'I',
      () => `T${this.#exptime()}`,
    ]);
    return `md ${key}${b}${flags.replace(/( I)(.*) I/, '$1$2')}\r\n`;
  }

  #nonsense(): string {
    return this.#pick([
      '\r\n',
      '\n',
      'x\r\n',
      'GET a\r\n',
      'get\r\n',
      'set a\r\n',
      'set a 0 0 1 2 3 4\r\n',
      'cas a 0 0 1\r\n',
      'mg\r\n',
      'ms\r\n',
      'ms a\r\n',
      'md\r\n',
      'ma\r\n',
      'me\r\n',
      'mx a\r\n',
      'incr a\r\n',
      'incr a 1 2 3\r\n',
      'touch a\r\n',
      'delete\r\n',
      'delete a b c d\r\n',
      'config get cluster\r\n',
      'get AmazonElastiCache:cluster\r\n',
      '   version\r\n',
      'version\r\r\n',
      'get a\0b\r\n',
      'mg a v\0 k\r\n',
      `mg a ${'O '.repeat(30)}\r\n`,
      `bogus ${'x'.repeat(3000)}\r\n`,
      `set big 0 0 1100000\r\n${'y'.repeat(1_100_000)}\r\n`,
      `ms a 1100000 q k\r\n${'y'.repeat(1_100_000)}\r\n`,
      'flush_all 1 2 3\r\n',
      'verbosity\r\n',
      'stats nothing\r\n',
    ]);
  }
}

/**
 * None above 2^63: for those memcached looks for a minus past the end of the value, in whatever lies there.
 */
const NUMBERS: readonly string[] = [
  ...['0', '1', '9', '10', '99', '100', '4294967296', '100000000000000000'],
  ...['-1', '-0', '+5', ' 7', '7 ', '12x', '0x10', '1 2', '5\0', '00012', 'abc', '1.5'],
];
