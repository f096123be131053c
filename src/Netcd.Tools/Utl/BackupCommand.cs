using System.Buffers.Binary;
using System.Security.Cryptography;
using Netcd.Engine.Offline;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>Copies a data directory, as etcd did before it had snapshots.</summary>
internal sealed class BackupCommand(UtlContext context)
{
    private readonly TextFlag dataDir = new("data-dir", "Path to the etcd data dir") { IsRequired = true, IsDirectory = true };
    private readonly TextFlag walDir = new("wal-dir", "Path to the etcd wal dir") { IsDirectory = true };
    private readonly TextFlag backupDir = new("backup-dir", "Path to the backup dir") { IsRequired = true, IsDirectory = true };
    private readonly TextFlag backupWalDir = new("backup-wal-dir", "Path to the backup wal dir") { IsDirectory = true };
    private readonly BooleanFlag withV3 = new("with-v3", "Backup v3 backend data", value: true);

    public Command Create() => new("backup", "[legacy] offline backup of etcd directory")
    {
        Flags = [dataDir, walDir, backupDir, backupWalDir, withV3],
        Run = _ => Run(),
    };

    private int Run()
    {
        if (!withV3.Value)
        {
            throw new CommandFailure(
                ExitCodes.BadArguments, "--with-v3=false is not possible: there is no data of API version 2 that could be backed up alone");
        }

        return FileWork.Do(() =>
        {
            new DirectoryBackup(context.Disk, Files(dataDir, walDir), Files(backupDir, backupWalDir), PlaceholderId(), context.Log).Run();
            return ExitCodes.Success;
        });
    }

    private static MemberFiles Files(TextFlag data, TextFlag wal) => new(data.Value, wal.Value.Length == 0 ? null : wal.Value);

    private static ulong PlaceholderId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);

        // Neither nobody's nor one of those that raft keeps for itself.
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes) & (long.MaxValue - 1)) | 2;
    }
}
