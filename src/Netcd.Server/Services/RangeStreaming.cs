using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>
/// A Range in pieces, read at one revision. A piece holds few keys at first and more later, of at most about
/// <see cref="MaxPieceBytes"/>; the header, the count and <c>more</c> stand on the last one, as in etcd.
/// </summary>
/// <remarks>
/// Nothing is held between two pieces, so a caller that stops reading keeps one piece in memory and no page of the file. A
/// compaction past the revision meanwhile ends the stream with etcd's error.
/// </remarks>
internal static class RangeStreaming
{
    private const int FirstPieceKeys = 10;
    private const int MaxPieceKeys = 10_000;

    /// <summary>A piece ends before the record that would exceed it, and holds one record at least.</summary>
    private const int MaxPieceBytes = 1 << 20;

    public static async ValueTask RunAsync(
        EtcdNode node, RangeRequest request, AuthIdentity user, Func<RangeResponse, ValueTask> write, CancellationToken cancellation)
    {
        AuthTable? judgedBy = null;
        RangeRequest rest = request.Clone();
        long remaining = request.Limit <= 0 ? long.MaxValue : request.Limit;
        long keys = FirstPieceKeys;
        (long Revision, long Count)? whole = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            rest.Limit = Math.Min(keys, remaining);
            RangeResponse piece = Read(node, rest, isFirst: whole is null, Judge, out long revision, out bool isFull);
            (long Revision, long Count) stream = whole ??= (revision, piece.Count);
            remaining -= piece.Kvs.Count;
            if (request.CountOnly || !piece.More || remaining == 0)
            {
                piece.Header = node.Header(stream.Revision);
                piece.Count = stream.Count;
                await write(piece).ConfigureAwait(false);
                return;
            }

            rest.Revision = rest.Revision > 0 ? rest.Revision : stream.Revision;
            rest.Key = ByteString.CopyFrom([.. piece.Kvs[^1].Key.Span, 0]);
            piece.Count = 0;
            piece.More = false;
            await write(piece).ConfigureAwait(false);
            keys = isFull ? keys : Math.Min(keys * 2, MaxPieceKeys);
            await Task.Yield();
        }

        // A right that is taken away ends the stream; that something was changed at all does not.
        void Judge()
        {
            AuthTable table = node.Auth;
            if (!ReferenceEquals(table, judgedBy))
            {
                AuthIdentity now = judgedBy is null || !user.IsKnown ? user : user with { Revision = table.Revision };
                (table.CheckRead(now, request.Key.Span, request.RangeEnd.Span) ?? table.CheckSame(now)).ThrowIfError();
                judgedBy = table;
            }
        }
    }

    /// <summary>Reads a piece. The first one counts all keys, which at an older revision is a walk; those behind it do not.</summary>
    private static RangeResponse Read(
        EtcdNode node, RangeRequest request, bool isFirst, Action judge, out long revision, out bool isFull)
    {
        using ReadHandle handle = node.Reads.Acquire();
        judge();
        RangeResult result = isFirst ? handle.Range(request) : handle.RangeUncounted(request);
        if (result.Error is not null)
        {
            throw result.Error.ToException();
        }

        RangeResponse piece = new() { Count = result.Count, More = result.More };
        revision = result.Revision;
        isFull = false;
        int bytes = 0;
        foreach (RecordBytes record in result.Records)
        {
            bytes += record.Length;
            if (bytes > MaxPieceBytes && piece.Kvs.Count > 0)
            {
                piece.More = isFull = true;
                break;
            }

            piece.Kvs.Add(KeyValueView.Parse(record.Span).ToMessage());
        }

        return piece;
    }
}
