using System.Buffers;
using System.Buffers.Binary;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Hosting;

/// <summary>What connections of HTTP/2 may ask for without waiting for answers (H2, L8).</summary>
public sealed class Http2InputTests
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Ping = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void H2_frames_are_followed_in_pieces_of_any_size(int piece)
    {
        byte[] sent = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0), .. Frame(Headers, 1, 40),
            .. Frame(Data, 1, 70_000), .. Frame(Headers, 3, 0), .. Frame(Reset, 1, 4)];
        Http2FrameScan scan = new(new Http2Allowance(0));
        int counted = 0;
        for (int at = 0; at < sent.Length; at += piece)
        {
            ReadOnlySequence<byte> bytes = new(sent.AsMemory(at, Math.Min(piece, sent.Length - at)));
            Assert.Equal(bytes.Length, scan.Scan(bytes, int.MaxValue, out int found));
            counted += found;
        }

        Assert.Equal(4, counted);
    }

    [Fact]
    public void H2_no_more_calls_are_let_in_at_a_time_than_asked()
    {
        byte[] sent = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Enumerable.Range(0, 10).SelectMany(static n => Frame(Headers, (2 * n) + 1, 11))];
        Http2FrameScan scan = new(new Http2Allowance(0));
        ReadOnlySequence<byte> rest = new(sent);
        List<int> parts = [];
        while (!rest.IsEmpty)
        {
            rest = rest.Slice(scan.Scan(rest, 4, out int counted));
            parts.Add(counted);
        }

        Assert.Equal([4, 4, 2], parts);
    }

    [Fact]
    public void H2_streams_that_are_reset_at_once_use_the_allowance_up_and_time_brings_it_back()
    {
        Http2Allowance allowance = new(0);
        int resets = Http2Allowance.MaxUnits / Http2Allowance.YoungReset;
        for (int n = 1; n <= 2 * resets; n++)
        {
            allowance.Opened(n);
            allowance.Reset(n);
            Assert.Equal(n > resets, allowance.Debt > TimeSpan.Zero);
        }

        Assert.Equal(TimeSpan.FromSeconds(2), allowance.Debt);
        allowance.Advance(1_000);
        Assert.Equal(TimeSpan.FromSeconds(1), allowance.Debt);
        allowance.Advance(2_000);
        Assert.Equal(TimeSpan.Zero, allowance.Debt);
    }

    [Fact]
    public void H2_streams_that_were_open_for_a_while_may_be_reset_all_at_once()
    {
        Http2Allowance allowance = new(0);
        allowance.Opened(100_000);
        allowance.Advance(1_000);
        allowance.Advance(2_000);
        for (int n = 1; n <= 100_000; n++)
        {
            allowance.Reset(n);
        }

        Assert.Equal(TimeSpan.Zero, allowance.Debt);
    }

    [Fact]
    public void L8_pings_that_clients_send_cost_nothing_and_a_flood_of_them_does()
    {
        Http2Allowance allowance = new(0);
        for (int second = 1; second <= 10; second++)
        {
            for (int n = 0; n < 10_000; n++)
            {
                allowance.Spend(Http2Allowance.Ping);
            }

            allowance.Advance(second * 1_000);
            Assert.Equal(TimeSpan.Zero, allowance.Debt);
        }

        for (int n = 0; n < 500_000; n++)
        {
            allowance.Spend(Http2Allowance.Ping);
        }

        Assert.True(allowance.Debt > TimeSpan.FromSeconds(20));
    }

    private static byte[] Frame(byte type, int stream, int length)
    {
        byte[] frame = new byte[9 + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length << 8);
        frame[3] = type;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        Array.Fill(frame, Ping, 9, length);
        return frame;
    }
}
