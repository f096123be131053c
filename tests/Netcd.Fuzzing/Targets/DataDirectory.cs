using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Apply;
using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Starting;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Fuzzing.Targets;

/// <summary>The data directory of a member that has worked and was stopped, and its opening after something in it was exchanged.</summary>
internal static class DataDirectory
{
    public const string WalFolder = Folder + "/member/wal";
    public const string DatabasePath = Folder + "/member/snap/db";

    private const string Folder = "/data";
    private const int Writes = 120;

    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> Made = new(Make);

    /// <summary>Its files.</summary>
    public static IReadOnlyDictionary<string, byte[]> Files => Made.Value;

    /// <summary>The paths of its log's segments, ascending.</summary>
    public static IReadOnlyList<string> Segments =>
        [.. Files.Keys.Where(static path => path.EndsWith(".wal", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Opens a copy in which one file is another, reads all that a member would, and steps on.</summary>
    public static Verdict OpenWith(string path, byte[] content)
    {
        SimulatedDisk disk = new(keepLog: false);
        foreach ((string name, byte[] bytes) in Files)
        {
            Write(disk, name, name == path ? content : bytes);
        }

        try
        {
            using EtcdNode node = Open(disk);
            using ReadHandle handle = node.Reads.Acquire();
            _ = handle.Range(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) }).ToMessage();
            return Verdict.Accepted;
        }
        catch (Exception refused) when (refused is NodeStartException or BoltFormatException or InvalidDataException)
        {
            // A page that is first read by a request may be found damaged only then: that read fails, and no other.
            return Verdict.Refused;
        }
        finally
        {
            disk.EndProcess();
        }
    }

    private static EtcdNode Open(SimulatedDisk disk) => EtcdNode.Open(
        new NodeOptions
        {
            Name = "default",
            DataDirectory = Folder,
            InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["default"] = ["http://localhost:2380"] },
            AdvertiseClientUrls = ["http://localhost:2379"],
            SnapshotCount = 50,
            SnapshotCatchUpEntries = 10,
            BackendBatchLimit = 25,
            WalSegmentBytes = 8 * 1024,
        },
        disk,
        new NodeEnvironment(new SeededGenerator(1).Next, new HashSeed(1, 2), NullLogger.Instance));

    private static Dictionary<string, byte[]> Make()
    {
        SimulatedDisk disk = new(keepLog: false);
        using (EtcdNode node = Open(disk))
        {
            long now = 1;
            for (int i = 0; i < Writes; i++)
            {
                Send(node, Request(i), ref now);
            }
        }

        return Read(disk, Folder).ToDictionary(StringComparer.Ordinal);
    }

    private static InternalRaftRequest Request(int i) => (i % 9) switch
    {
        4 => new() { DeleteRange = new DeleteRangeRequest { Key = Key(i - 4) } },
        8 when i > 60 && i < 70 => new() { Compaction = new CompactionRequest { Revision = 30 } },
        _ => new() { Put = new PutRequest { Key = Key(i % 40), Value = ByteString.CopyFromUtf8(new string('v', i)) } },
    };

    private static ByteString Key(int i) => ByteString.CopyFromUtf8($"key{i}");

    private static void Send(EtcdNode node, InternalRaftRequest request, ref long now)
    {
        Sent sent = new(request);
        while (node.Proposals.Propose(sent) is not null)
        {
            Step(node, ref now);
        }

        while (!sent.IsDone)
        {
            Step(node, ref now);
        }
    }

    private static void Step(EtcdNode node, ref long now)
    {
        now += 2;
        foreach (IStage stage in node.Stages)
        {
            stage.Step(now);
        }
    }

    private static void Write(SimulatedDisk disk, string path, byte[] content)
    {
        disk.CreateDirectory(Path.GetDirectoryName(path)!);
        using IDiskFile file = disk.Open(path, DiskOpenMode.CreateNew);
        file.WriteAt(0, content);
    }

    private static IEnumerable<KeyValuePair<string, byte[]>> Read(SimulatedDisk disk, string folder)
    {
        foreach (string name in disk.List(folder))
        {
            string path = folder + "/" + name;
            if (disk.DirectoryExists(path))
            {
                foreach (KeyValuePair<string, byte[]> file in Read(disk, path))
                {
                    yield return file;
                }
            }
            else
            {
                using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
                byte[] content = new byte[file.Length];
                file.ReadAt(0, content);
                yield return new(path, content);
            }
        }
    }

    private sealed class Sent(InternalRaftRequest request) : PendingRequest(request)
    {
        public bool IsDone { get; private set; }

        protected internal override void Complete(ApplyResult result) => IsDone = true;
    }
}
