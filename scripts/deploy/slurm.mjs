/**
 * @file Slurm on one machine, on loopback and without systemd: 60 pictures as an array of six, two tasks killed in the middle, one
 * submitted again by hand, then the job that joins the results. Needs root.
 */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { adzusPath, compare, OPTIONS, pictures, say, sleep, status, until } from './work.mjs'

const CONFIGURATION = '/etc/slurm/slurm.conf'

export async function test(check) {
  if (!existsSync('/usr/sbin/slurmctld') || !existsSync('/usr/sbin/munged')) {
    say('apt-get', ['update', '-qq'])
    say('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slurm-wlm', 'munge'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  const folder = pictures(60)
  const daemons = []
  const before = existsSync(CONFIGURATION) ? readFileSync(CONFIGURATION) : undefined
  try {
    await startCluster(folder, daemons)
    await run(check, folder)
  } catch (error) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.log')))
      console.log(`${name}:\n${readFileSync(join(folder, name), 'utf8')}`)
    throw error
  } finally {
    for (const daemon of daemons.reverse()) {
      daemon.kill('SIGTERM')
      await Promise.race([new Promise((resolve) => daemon.once('exit', resolve)), sleep(5)])
      if (daemon.exitCode === null) daemon.kill('SIGKILL')
    }
    if (before) writeFileSync(CONFIGURATION, before)
    else rmSync(CONFIGURATION, { force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startCluster(folder, daemons) {
  const cluster = join(folder, 'slurm')
  for (const name of ['run', 'spool', 'state', 'log']) mkdirSync(join(cluster, name), { recursive: true })
  mkdirSync('/etc/slurm', { recursive: true })
  writeFileSync(CONFIGURATION, configuration(cluster))
  mkdirSync('/run/munge', { recursive: true })
  const [user, group] = ['-u', '-g'].map((flag) => Number(say('id', [flag, 'munge'])))
  chownSync('/run/munge', user, group)
  if (!existsSync('/etc/munge/munge.key')) say('mungekey', ['--create'])
  const start = (command, args, options) => daemons.push(spawn(command, args, { stdio: 'ignore', ...options }))
  start('/usr/sbin/munged', ['--foreground'], { uid: user, gid: group })
  await until('munge', 20, () => spawnSync('munge', ['-n']).status === 0)
  start('/usr/sbin/slurmctld', ['-D', '-c'])
  await until('slurmctld', 30, () => spawnSync('scontrol', ['ping']).stdout?.toString().includes('UP'))
  start('/usr/sbin/slurmd', ['-D', '-N', 'localhost'])
  await until('an idle node', 60, () => say('sinfo', ['-h', '-o', '%T']).includes('idle'))
}

async function run(check, folder) {
  for (const name of ['adzus.sbatch', 'merge.sbatch']) copyFileSync(join(root, 'deploy', 'slurm', name), join(folder, name))
  const out = join(folder, 'out')
  const env = {
    ...process.env,
    INPUT: join(folder, 'pictures'),
    OUT: out,
    OPTIONS: OPTIONS.join(' '),
    ADZUS: `${process.execPath} ${adzusPath}`,
    ADZUS_SHARDS: '6',
  }
  const limits = ['--cpus-per-task=1', '--mem=1500', '--chdir', folder]
  const sbatch = (...args) => say('sbatch', ['--parsable', ...limits, ...args], { env, cwd: folder }).trim()
  const ended = (job) => !say('squeue', ['-h', '-j', job, '-o', '%T'], {}).trim()
  const job = sbatch('--array=1-6', 'adzus.sbatch')
  const merge = sbatch(`--dependency=afterany:${job}`, 'merge.sbatch')
  const tasks = () => (existsSync(join(out, '.adzus', 'tasks')) ? status(out).tasks : [])
  // Two tasks are killed in the middle of their work: the first outright, the second by its scheduler.
  await until('work of task 1', 120, () => tasks().some(({ shard, done, state }) => shard.index === 1 && done > 0 && state === 'running'))
  const first = tasks().find(({ shard }) => shard.index === 1)
  process.kill(first.process, 'SIGKILL')
  await sleep(1)
  check('status: the killed task is killed', tasks().find(({ shard }) => shard.index === 1).state === 'killed')
  await until('work of task 3', 180, () => tasks().some(({ shard, state, picture }) => shard.index === 3 && picture && state === 'running'))
  // Slurm may ask twice, and complain that the task has gone meanwhile.
  spawnSync('scancel', ['--batch', '--signal=TERM', `${job}_3`])
  await until('the end of task 3', 60, () => tasks().find(({ shard }) => shard.index === 3).state !== 'running')
  const third = tasks().find(({ shard }) => shard.index === 3)
  check(
    'status: the task that was asked to go has stopped, whole pictures behind it',
    third.state === 'stopped' && third.done > 0,
    third.state,
  )
  await until('the end of the array and the merge', 300, () => ended(job) && ended(merge))
  const missing = status(out)
  check('status: the pictures of both are left', missing.left === 60 - missing.done && missing.left > 0, missing.left)
  const log = readFileSync(join(folder, `adzus-merge-${merge}.log`), 'utf8')
  check('the merge job ran behind killed tasks, and says how many pictures are missing', log.includes(`${missing.left} of 60`), log)
  // By hand, once more.
  const again = sbatch('--array=1,3', 'adzus.sbatch')
  const last = sbatch(`--dependency=afterany:${again}`, 'merge.sbatch')
  await until('the end of the second array', 300, () => ended(again) && ended(last))
  const end = status(out)
  check(
    'status: 60 of 60 done, none failed',
    end.done === 60 && end.failed.length === 0 && end.left === 0,
    JSON.stringify(end).slice(0, 300),
  )
  const done = end.tasks.reduce((sum, task) => sum + task.done, 0)
  // What a killed task did in its last second it may not have told.
  check('no picture was done twice', done <= 60 && done >= 58, done)
  compare(check, folder, out)
}

/** A cluster of this machine alone. */
function configuration(folder) {
  return `ClusterName=adzus
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort=16817
SlurmdPort=16818
SlurmctldPidFile=${folder}/run/slurmctld.pid
SlurmdPidFile=${folder}/run/slurmd.pid
SlurmdSpoolDir=${folder}/spool
StateSaveLocation=${folder}/state
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd.log
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName=localhost NodeAddr=127.0.0.1 CPUs=${availableParallelism()} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
`
}
