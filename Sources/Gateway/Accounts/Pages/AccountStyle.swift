/// The style sheet of the account pages: light and dark, from a phone to a desk.
enum AccountStyle {
    static let text = #"""
        :root {
          color-scheme: light dark;
          --ground: #fbfbf9; --card: #fff; --ink: #1c1f22; --soft: #5a626a; --line: #d5d9dd;
          --accent: #0b5c66; --accent-ink: #fff; --danger: #9c2323; --good: #1f6b3a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #15181b; --card: #1d2125; --ink: #eceff1; --soft: #a8b1b8; --line: #3a4248;
            --accent: #5cc3cf; --accent-ink: #08262a; --danger: #ff9a93; --good: #7fd49d;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif;
        }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem; }
        header { padding: 1.25rem 1rem 0; text-align: center; }
        .brand { margin: 0; font-weight: 700; letter-spacing: .04em; color: var(--accent); }
        main { max-width: 30rem; margin: 1rem auto 4rem; padding: 0 1rem; }
        main:focus { outline: none; }
        section {
          background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
          padding: 1.25rem 1.5rem 1.5rem;
        }
        h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
        label { display: block; margin: .9rem 0 .25rem; font-weight: 600; }
        input {
          width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent;
          border: 1px solid var(--soft); border-radius: .4rem;
        }
        .hint { margin: .3rem 0 0; color: var(--soft); font-size: .9rem; }
        button {
          margin-top: 1.1rem; padding: .6rem 1.1rem; font: inherit; font-weight: 600; cursor: pointer;
          color: var(--accent-ink); background: var(--accent); border: 1px solid var(--accent);
          border-radius: .4rem;
        }
        button.quiet, .rows button { color: var(--accent); background: transparent; }
        button.danger { color: var(--danger); background: transparent; border-color: var(--danger); }
        button[disabled] { opacity: .6; cursor: progress; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        a { color: var(--accent); }
        .links { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 1.25rem 0 0; }
        #message, #error {
          padding: .75rem 1rem; border-radius: .5rem; border: 1px solid; background: var(--card);
        }
        #message { color: var(--good); }
        #error { color: var(--danger); }
        #qr svg { display: block; width: 12rem; height: 12rem; margin: 1rem 0; }
        code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .rows { list-style: none; padding: 0; margin: 0; }
        .rows li {
          display: flex; justify-content: space-between; align-items: center; gap: 1rem;
          padding: .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere;
        }
        .rows button { margin: 0; padding: .3rem .7rem; }
        .codes {
          columns: 2; list-style: none; padding: 0; font-family: ui-monospace, monospace;
          font-size: 1.05rem;
        }

        """#
}
