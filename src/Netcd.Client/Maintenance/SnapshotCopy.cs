using System.Security.Cryptography;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Maintenance;

/// <summary>
/// A copy of a member's database: its bytes, and then the SHA-256 of them. The last 32 bytes are the hash, and which those are is known at
/// the end, so that many are held back.
/// </summary>
internal sealed class SnapshotCopy : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] tail = new byte[SHA256.HashSizeInBytes];
    private int held;

    public static async Task<SnapshotResult> MakeAsync(
        EtcdConnection connection,
        string endpoint,
        Stream destination,
        IProgress<SnapshotProgress>? progress,
        CancellationToken cancel)
    {
        using EndpointLoan loan = connection.Endpoints.Borrow(endpoint);
        using EtcdReadStream<SnapshotResponse> stream = await connection.OpenReadStreamAsync(
            MaintenanceCalls.Snapshot, new SnapshotRequest(), loan.Endpoint, null, cancel).ConfigureAwait(false);
        using SnapshotCopy copy = new();
        SnapshotResult result = new(default, 0, "");
        while (await stream.ReadAsync().ConfigureAwait(false) is { } piece)
        {
            copy.Add(piece.Blob.Span);
            await destination.WriteAsync(piece.Blob.Memory, cancel).ConfigureAwait(false);
            result = new SnapshotResult(
                piece.Header?.ToHeader() ?? result.Header,
                result.Bytes + piece.Blob.Length,
                piece.Version.Length > 0 ? piece.Version : result.Version);
            progress?.Report(new SnapshotProgress(result.Bytes, (long)piece.RemainingBytes));
        }

        await destination.FlushAsync(cancel).ConfigureAwait(false);
        return copy.IsWhole()
            ? result
            : throw new EtcdException(
                EtcdStatusCode.DataLoss, $"the snapshot of {endpoint} is damaged: {result.Bytes} bytes came, and their hash is wrong");
    }

    public void Dispose() => hash.Dispose();

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= tail.Length)
        {
            hash.AppendData(tail, 0, held);
            hash.AppendData(bytes[..^tail.Length]);
            bytes[^tail.Length..].CopyTo(tail);
            held = tail.Length;
            return;
        }

        int surplus = Math.Max(0, held + bytes.Length - tail.Length);
        hash.AppendData(tail, 0, surplus);
        tail.AsSpan(surplus, held - surplus).CopyTo(tail);
        bytes.CopyTo(tail.AsSpan(held - surplus));
        held += bytes.Length - surplus;
    }

    private bool IsWhole() => held == tail.Length && hash.GetHashAndReset().AsSpan().SequenceEqual(tail);
}
