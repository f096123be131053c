using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Auth;

/// <summary>Calls by their path, whatever kind they are, and what a client sees of each: an error, or that it was served.</summary>
internal static class Rpc
{
    public const string Served = "OK";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    private static readonly Dictionary<string, MethodDescriptor> Methods = new[]
        {
            RpcReflection.Descriptor, Protocol.V3Lock.LockReflection.Descriptor, Protocol.V3Election.ElectionReflection.Descriptor,
            Protocol.Health.HealthReflection.Descriptor,
        }
        .SelectMany(static file => file.Services)
        .SelectMany(static service => service.Methods)
        .ToDictionary(static method => $"/{method.Service.FullName}/{method.Name}", StringComparer.Ordinal);

    /// <summary>The paths of all methods that there are.</summary>
    public static IEnumerable<string> Paths => Methods.Keys;

    /// <summary>The method at a path.</summary>
    public static MethodDescriptor Method(string path) => Methods[path];

    /// <summary>Makes a call. Of a stream the first answer counts.</summary>
    public static async Task<string> AnswerAsync(GrpcChannel channel, string path, IMessage request, string? token = null)
    {
        try
        {
            IMessage response = await FirstAsync(channel, Methods[path], request, token);
            return Describe(response);
        }
        catch (RpcException failure)
        {
            return $"{failure.StatusCode}: {failure.Status.Detail}";
        }
    }

    /// <summary>The first answer to a call that has to be served.</summary>
    public static async Task<T> CallAsync<T>(GrpcChannel channel, string path, IMessage request, string? token = null)
        where T : IMessage => (T)await FirstAsync(channel, Methods[path], request, token);

    public static Grpc.Core.Metadata Headers(string? token)
    {
        Grpc.Core.Metadata headers = [];
        if (token is not null)
        {
            headers.Add("token", token);
        }

        return headers;
    }

    /// <summary>What of an answer is the same on every server that has the same state.</summary>
    public static string Describe(IMessage response)
    {
        IMessage? said = response switch
        {
            WatchResponse watch => new WatchResponse
            {
                Created = watch.Created,
                Canceled = watch.Canceled,
                CancelReason = watch.CancelReason,
                WatchId = watch.Canceled ? watch.WatchId : 0,
            },
            AuthUserGetResponse or AuthUserListResponse or AuthRoleGetResponse or AuthRoleListResponse or AuthStatusResponse => response,
            _ => null,
        };
        if (said is null)
        {
            return Served;
        }

        said.Descriptor.FindFieldByName("header").Accessor.Clear(said);
        return $"{Served} {said}";
    }

    private static async Task<IMessage> FirstAsync(GrpcChannel channel, MethodDescriptor method, IMessage request, string? token)
    {
        MethodType type = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (true, true) => MethodType.DuplexStreaming,
            (false, true) => MethodType.ServerStreaming,
            _ => MethodType.Unary,
        };
        Method<IMessage, IMessage> called = new(
            type,
            method.Service.FullName,
            method.Name,
            Marshallers.Create<IMessage>(static message => message.ToByteArray(), static _ => throw new NotSupportedException()),
            Marshallers.Create<IMessage>(
                static _ => throw new NotSupportedException(), bytes => method.OutputType.Parser.ParseFrom(bytes)));
        CallOptions options = new(Headers(token), DateTime.UtcNow + Deadline);
        CallInvoker invoker = channel.CreateCallInvoker();
        switch (type)
        {
            case MethodType.Unary:
                return await invoker.AsyncUnaryCall(called, null, options, request);
            case MethodType.ServerStreaming:
                using (AsyncServerStreamingCall<IMessage> call = invoker.AsyncServerStreamingCall(called, null, options, request))
                {
                    return await FirstAsync(call.ResponseStream);
                }

            default:
                using (AsyncDuplexStreamingCall<IMessage, IMessage> call = invoker.AsyncDuplexStreamingCall(called, null, options))
                {
                    await WriteAsync(call.RequestStream, request);
                    return await FirstAsync(call.ResponseStream);
                }
        }
    }

    private static async Task WriteAsync(IClientStreamWriter<IMessage> stream, IMessage request)
    {
        try
        {
            await stream.WriteAsync(request);
        }
        catch (Exception failure) when (failure is InvalidOperationException or RpcException)
        {
            // The call has ended already: reading says how.
        }
    }

    private static async Task<IMessage> FirstAsync(IAsyncStreamReader<IMessage> stream) =>
        await stream.MoveNext(CancellationToken.None)
            ? stream.Current
            : throw new RpcException(new Status(StatusCode.OK, "the stream ended without an answer"));
}
