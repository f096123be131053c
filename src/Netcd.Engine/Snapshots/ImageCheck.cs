using System.Text.Json;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.State;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Snapshots;

/// <summary>
/// Looks at the image of a backend from elsewhere before anybody relies on it. Nothing between the members' disks sums up what is sent, and
/// a
/// member that has taken a snapshot has nothing else to go on with, at each start again. So all of the image is read: every page, as
/// the format has it, and every record, as opening it will.
/// </summary>
internal static class ImageCheck
{
    /// <summary>Checks a file that is complete.</summary>
    /// <exception cref="InvalidDataException">It is not a backend, or is a damaged one.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Check(IDisk disk, string path, HashSeed seed)
    {
        try
        {
            using BoltDatabase received = BoltDatabase.Open(disk, path, new BoltOptions { ReadOnly = true });
            CheckPages(received);
            CheckRecords(received, seed);
        }
        catch (Exception failure) when (failure is BoltFormatException or JsonException or InvalidProtocolBufferException
            or FormatException or ArgumentException or OverflowException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("no backend: " + failure.Message, failure);
        }
    }

    private static void CheckPages(BoltDatabase received)
    {
        using BoltReadTransaction transaction = received.BeginRead();
        BoltCheckReport report = transaction.Check();
        if (!report.IsClean)
        {
            throw new InvalidDataException("no backend: " + report.Problems[0]);
        }

        foreach (byte[] bucket in (byte[][])[Schema.Meta.ToArray(), Schema.Key.ToArray()])
        {
            if (!transaction.TryGetBucket(bucket, out _))
            {
                throw new InvalidDataException("a database without the buckets of a backend");
            }
        }
    }

    private static void CheckRecords(BoltDatabase received, HashSeed seed)
    {
        BackendView view = new(received.BeginRead());
        try
        {
            // The store takes the view over only when all of it is read.
            ReplicatedState.Restore(view, seed);
        }
        finally
        {
            view.Release();
        }
    }
}
