import type { Command } from "commander";
import { clientConfig, configuredFhirVersion } from "../config.ts";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./terminal.ts";

/** Adds a command to the program or to its group. `ended` is told how it ended; null: it is running on, until a signal. */
export type Add = (to: Command, io: Io, ended: (code: ExitCode | null) => void) => Promise<void>;
type Commands = Readonly<Record<string, Add>>;

/** Those without a group, in the order of the help. What a command needs is loaded when it is asked for. */
export const COMMANDS: Commands = {
  async serve(to, _io, ended) {
    const { addServe, serveUntilStopped } = await import("./serveCommand.ts");
    addServe(to).action(async () => {
      await serveUntilStopped();
      ended(null);
    });
  },
  async demo(to, io, ended) {
    const { addDemo, demo } = await import("./demoCommand.ts");
    addDemo(to).action(async (options) => {
      await demo(options, io);
      ended(null);
    });
  },
  async guard(to, _io, ended) {
    const { addGuard, guard } = await import("./guardCommand.ts");
    addGuard(to).action(async (_options, { args }) => {
      await guard(args);
      ended(null);
    });
  },
  async block(to, io, ended) {
    const { addBlock, block } = await import("./blockCommand.ts");
    addBlock(to).action(async (what, id, options) =>
      ended(await block({ what, id, options }, { config: clientConfig(), io })),
    );
  },
  async unblock(to, io, ended) {
    const { addUnblock, unblock } = await import("./blockCommand.ts");
    addUnblock(to).action(async (what, id, options) =>
      ended(await unblock({ what, id, options }, { config: clientConfig(), io })),
    );
  },
};

export interface Group {
  /** What its commands have in common, for the first line of its help. */
  readonly about: string;
  readonly commands: Commands;
}

export const GROUPS: Readonly<Record<string, Group>> = {
  ask: {
    about: "Ask a running service",
    commands: {
      async decision(to, io, ended) {
        const { addAuthorize, authorize } = await import("./authorizeCommand.ts");
        addAuthorize(to).action(async (options) => ended(await authorize(options, { config: clientConfig(), io })));
      },
      async bundle(to, io, ended) {
        const { addCheckBundle, checkBundle } = await import("./checkBundleCommand.ts");
        addCheckBundle(to).action(async (files, options) =>
          ended(await checkBundle(files, options, { config: clientConfig(), io })),
        );
      },
    },
  },
  policy: {
    about: "Policy files",
    commands: {
      async export(to, io, ended) {
        const { addPolicyExport, policyExport } = await import("./policy/exportCommand.ts");
        addPolicyExport(to).action(async (dir, options) =>
          ended(await policyExport(dir, options, { config: clientConfig(), io })),
        );
      },
      async lint(to, io, ended) {
        const { addLint, lint } = await import("./lintCommand.ts");
        addLint(to).action(async (files, options) => {
          ended(await lint(files, options, { fhirVersion: configuredFhirVersion(), io }));
        });
      },
      async test(to, io, ended) {
        const { addPolicyTest, policyTest } = await import("./policy/testCommand.ts");
        addPolicyTest(to).action(async (files, options) =>
          ended(await policyTest(files, options, { config: clientConfig(), fhirVersion: configuredFhirVersion(), io })),
        );
      },
      async plan(to, io, ended) {
        const { addPolicyPlan, policyPlan } = await import("./policy/planCommand.ts");
        addPolicyPlan(to).action(async (dir, options) =>
          ended(await policyPlan(dir, options, { config: clientConfig(), io })),
        );
      },
      async propose(to, io, ended) {
        const { addPolicyPropose, policyPropose } = await import("./policy/proposeCommand.ts");
        addPolicyPropose(to).action(async (dir, options) =>
          ended(await policyPropose(dir, options, { config: clientConfig(), io })),
        );
      },
      async apply(to, io, ended) {
        const { addPolicyApply, policyApply } = await import("./policy/applyCommand.ts");
        addPolicyApply(to).action(async (dir, options) =>
          ended(await policyApply(dir, options, { config: clientConfig(), io })),
        );
      },
      async seed(to, io, ended) {
        const { addSeed, seed } = await import("./seedCommand.ts");
        addSeed(to).action(async (dir, options) => ended(await seed(dir, options, io)));
      },
      async schema(to, io, ended) {
        const { addPolicySchema, policySchemaCommand } = await import("./policy/schemaCommand.ts");
        addPolicySchema(to).action((of) => ended(policySchemaCommand(of, io)));
      },
      async "import-casbin"(to, io, ended) {
        const { addImportCasbin, importCasbinCommand } = await import("./casbin/importCasbinCommand.ts");
        addImportCasbin(to).action(async (options) =>
          ended(await importCasbinCommand(options, { fhirVersion: configuredFhirVersion(), io })),
        );
      },
    },
  },
  directory: {
    about: "What is known of people and resources",
    commands: {
      async load(to, io, ended) {
        const { addDirectoryLoad, directoryLoad } = await import("./directoryCommand.ts");
        addDirectoryLoad(to).action(async (file, options) => ended(await directoryLoad(file, options, io)));
      },
    },
  },
  key: {
    about: "API keys and tokens",
    commands: {
      async create(to, io, ended) {
        const { addKeyCreate, keyCreate } = await import("./keyCreateCommand.ts");
        addKeyCreate(to).action(async (options) => ended(await keyCreate(options, { config: clientConfig(), io })));
      },
      async recover(to, io, ended) {
        const { addRecoverKey, recoverKey } = await import("./recoverKeyCommand.ts");
        addRecoverKey(to).action(async (options) => ended(await recoverKey(options, io)));
      },
      async status(to, io, ended) {
        const { addStatus, status } = await import("./statusCommand.ts");
        addStatus(to).action(async () => ended(await status(io)));
      },
      async "check-token"(to, io, ended) {
        const { addCheckToken, checkToken } = await import("./checkTokenCommand.ts");
        addCheckToken(to).action(async () => ended(await checkToken(io)));
      },
    },
  },
  record: {
    about: "The record",
    commands: {
      async checkpoint(to, io, ended) {
        const { addCheckpoint, takeCheckpoint } = await import("./checkpointCommand.ts");
        addCheckpoint(to).action(async (options) =>
          ended(await takeCheckpoint(options, { config: clientConfig(), io })),
        );
      },
      async verify(to, io, ended) {
        const { addVerify, verify } = await import("./verifyCommand.ts");
        addVerify(to).action(async (options) => ended(await verify(options, io)));
      },
      async "verify-proof"(to, io, ended) {
        const { addVerifyProof, verifyProof } = await import("./verifyProofCommand.ts");
        addVerifyProof(to).action(async (file, options) => ended(await verifyProof(file, options, io)));
      },
      async export(to, io, ended) {
        const { addExport, exportRecord } = await import("./exportCommand.ts");
        addExport(to).action(async (options) => ended(await exportRecord(options, { config: clientConfig(), io })));
      },
      async disclosures(to, io, ended) {
        const { addDisclosures, disclosures } = await import("./disclosuresCommand.ts");
        addDisclosures(to).action(async (options) => ended(await disclosures(options, { config: clientConfig(), io })));
      },
      async retain(to, io, ended) {
        const { addRetain, retain } = await import("./retainCommand.ts");
        addRetain(to).action(async (options) => ended(await retain(options, io)));
      },
      async archive(to, io, ended) {
        const { addArchive, archive } = await import("./archiveCommand.ts");
        addArchive(to).action(async (options) => ended(await archive(options, io)));
      },
      async "open-archive"(to, io, ended) {
        const { addOpenArchive, openArchive } = await import("./openArchiveCommand.ts");
        addOpenArchive(to).action(async (files, options) => {
          await openArchive(files, options, io);
          ended(null);
        });
      },
      async "rotate-checkpoint-key"(to, io, ended) {
        const { addRotateCheckpointKey, rotateCheckpointKey } = await import("./rotateCheckpointKeyCommand.ts");
        addRotateCheckpointKey(to).action(async (options) => ended(await rotateCheckpointKey(options, io)));
      },
    },
  },
  db: {
    about: "The database",
    commands: {
      async backup(to, io, ended) {
        const { addBackup, backup } = await import("./backupCommand.ts");
        addBackup(to).action(async (options) => ended(await backup(options, io)));
      },
      async restore(to, io, ended) {
        const { addRestore, restore } = await import("./backupCommand.ts");
        addRestore(to).action(async (file, options) => ended(await restore(file, options, io)));
      },
      async check(to, io, ended) {
        const { addVerifyDatabase, verifyDatabase } = await import("./verifyDatabaseCommand.ts");
        addVerifyDatabase(to).action(async (options) => ended(await verifyDatabase(options, io)));
      },
      async recover(to, io, ended) {
        const { addRecover, recover } = await import("./recoverCommand.ts");
        addRecover(to).action(async (options) => ended(await recover(options, io)));
      },
      async "rebuild-index"(to, io, ended) {
        const { addRebuildIndex, rebuildIndex } = await import("./rebuildIndexCommand.ts");
        addRebuildIndex(to).action(async () => ended(await rebuildIndex(io)));
      },
    },
  },
};
