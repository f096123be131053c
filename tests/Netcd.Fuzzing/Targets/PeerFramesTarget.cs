using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Peers.Streams;

namespace Netcd.Fuzzing.Targets;

/// <summary>The bytes of a stream between members: the first says of which kind it is, and in pieces of which size it comes in.</summary>
internal sealed class PeerFramesTarget : IFuzzTarget
{
    public string Name => "peer-frames";

    public IReadOnlyList<byte[]> Seeds { get; } =
        [[0, .. Stream(StreamKind.Append)], [3, .. Stream(StreamKind.Append)], [1, .. Stream(StreamKind.Message)]];

    public Verdict Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return Verdict.Refused;
        }

        FrameDecoder decoder = FrameDecoder.For(input[0] % 2 == 0 ? StreamKind.Append : StreamKind.Message, local: 1, remote: 2);
        int step = 1 + (input[0] / 2);
        ReadOnlyMemory<byte> stream = input.AsMemory(1);
        int from = 0;
        int end = 0;
        try
        {
            while (end < stream.Length)
            {
                end = Math.Min(stream.Length, end + step);
                for (int taken; from < end && (taken = decoder.TryDecode(stream[from..end], out _)) > 0;)
                {
                    from += taken;
                }
            }

            return from == end ? Verdict.Accepted : Verdict.Refused;
        }
        catch (MalformedMessageException)
        {
            return Verdict.Refused;
        }
    }

    public void Dispose()
    {
    }

    private static byte[] Stream(StreamKind kind)
    {
        FrameEncoder encoder = FrameEncoder.For(kind);
        using MemoryStream stream = new();
        for (ulong i = 0; i < 4; i++)
        {
            Entry entry = new(EntryType.Normal, 3, 10 + i, new byte[i]);
            Write(stream, encoder, new Message
            {
                Type = MessageType.Append,
                From = 2,
                To = 1,
                Term = 3,
                LogTerm = 3,
                Index = 9 + i,
                Commit = 8,
                Entries = new[] { entry },
            });
        }

        Write(stream, encoder, LinkHeartbeat.Message);
        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, FrameEncoder encoder, Message message)
    {
        byte[] frame = new byte[encoder.SizeOf(message)];
        stream.Write(frame.AsSpan(0, encoder.Write(message, frame)));
    }
}
