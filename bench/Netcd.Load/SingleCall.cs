using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>
/// The commands <c>frame</c> and <c>call</c>. An HTTP load generator repeats a frame and sees no more than HTTP's status, so
/// <c>call</c> tells what a good answer to the same frame looks like: its size and the store's revision.
/// </summary>
internal static class SingleCall
{
    public static int WriteFrame(LoadOptions options)
    {
        if (options.Out is null)
        {
            throw new UsageException("frame needs --out");
        }

        File.WriteAllBytes(options.Out, The(options).Frame);
        return 0;
    }

    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        GrpcCall call = The(options);
        using GrpcConnection connection = new(options.Endpoint);
        try
        {
            byte[] answer = await connection.CallAsync(call);
            bool whole = call.Answered(answer);
            Console.WriteLine($"call {options.Workload} ok={(whole ? 1 : 0)} bytes={answer.Length} revision={RevisionOf(answer)}");
            return whole ? 0 : 1;
        }
        catch (Exception failure) when (failure is GrpcStatusException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync($"netcd-load: {failure.Message}");
            return 1;
        }
    }

    private static GrpcCall The(LoadOptions options) =>
        new Workload(options.Workload, new KeySpace(options.Keys, options.ValueSize), options.Limit).Next(new Random(options.Seed));

    // The header is field 1, and the first on the wire, of every answer of the KV service.
    private static long RevisionOf(byte[] answer)
    {
        using CodedInputStream input = new(Frames.MessageOf(answer).ToArray());
        return input.ReadTag() == WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited)
            ? ResponseHeader.Parser.ParseFrom(input.ReadBytes()).Revision
            : throw new InvalidDataException("the answer has no header");
    }
}
