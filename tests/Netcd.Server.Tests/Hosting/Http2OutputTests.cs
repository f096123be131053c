using System.Buffers;
using System.IO.Pipelines;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Hosting;

/// <summary>What is sent over HTTP/2 is followed frame by frame, and can be ended between two of them.</summary>
public sealed class Http2OutputTests
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ping = 6;

    // Payloads of zeros, which look like heads of empty DATA frames.
    private static readonly byte[] Sent =
        [.. Frame(Settings, 18), .. Frame(Headers, 30), .. Frame(Data, 70_000), .. Frame(Ping, 8), .. Frame(Data, 0), .. Frame(Headers, 1)];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(1_000)]
    [InlineData(80_000)]
    public void Frames_of_calls_are_counted_in_pieces_of_any_size(int piece)
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        Http2Output output = new(pipe.Writer);
        foreach (byte[] part in Sent.Chunk(piece))
        {
            Span<byte> room = output.GetSpan(part.Length);
            part.CopyTo(room);

            // What is taken of a room may be taken in two steps.
            output.Advance(part.Length / 2);
            output.Advance(part.Length - (part.Length / 2));
        }

        Assert.Equal(4, output.CallFrames);
    }

    [Fact]
    public async Task The_end_comes_behind_what_was_written_before_and_nothing_comes_behind_it()
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        Http2Output output = new(pipe.Writer);
        await output.WriteAsync(Frame(Headers, 5));
        bool hasEnded = false;
        output.EndByTooManyPings(stream: 7, () => hasEnded = true);
        FlushResult last = await output.WriteAsync(Frame(Ping, 8));
        FlushResult after = await output.WriteAsync(Frame(Data, 100));
        Assert.True(last.IsCompleted && after.IsCompleted && hasEnded && output.IsEnded);
        ReadResult read = await pipe.Reader.ReadAtLeastAsync(int.MaxValue);
        byte[] goAway = [0, 0, 22, 7, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 11, .. "too_many_pings"u8];
        Assert.Equal([.. Frame(Headers, 5), .. Frame(Ping, 8), .. goAway], read.Buffer.ToArray());
    }

    private static byte[] Frame(byte type, int length)
    {
        byte[] frame = new byte[9 + length];
        frame[0] = (byte)(length >> 16);
        frame[1] = (byte)(length >> 8);
        frame[2] = (byte)length;
        frame[3] = type;
        return frame;
    }
}
