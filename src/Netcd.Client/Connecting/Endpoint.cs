using Grpc.Core;
using Grpc.Net.Client;

namespace Netcd.Client.Connecting;

/// <summary>
/// A member as it is called: a channel of its own. A balancer inside of a single channel would count a member as usable as soon as its port
/// takes connections, which the port of a frozen process does; and some calls are for one member.
/// </summary>
internal sealed class Endpoint : IDisposable
{
    private readonly GrpcChannel channel;
    private int isSuspect;
    private volatile bool isRetired;

    public Endpoint(EndpointAddress address, EtcdClientOptions options)
    {
        Address = address;
        bool isTls = address.IsTls;
        channel = GrpcChannel.ForAddress(address.Channel, new GrpcChannelOptions
        {
            HttpHandler = new Transport(address, options).CreateHandler(),
            DisposeHttpClient = true,
            Credentials = isTls ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure,
            MaxSendMessageSize = options.MaxSendBytes,
            MaxReceiveMessageSize = options.MaxReceiveBytes == int.MaxValue ? null : options.MaxReceiveBytes,
            LoggerFactory = options.LoggerFactory,
        });
        Invoker = channel.CreateCallInvoker();
    }

    public EndpointAddress Address { get; }

    public CallInvoker Invoker { get; }

    /// <summary>It has failed, and has not given a sign of life since.</summary>
    public bool IsSuspect => Volatile.Read(ref isSuspect) != 0;

    /// <summary>New calls go elsewhere, so that nobody needs to know whether it is back.</summary>
    public bool IsRetired => isRetired;

    public void Retire() => isRetired = true;

    /// <summary>Suspects it, and says whether that is new.</summary>
    public bool Suspect() => Interlocked.Exchange(ref isSuspect, 1) == 0;

    public void Trust() => Volatile.Write(ref isSuspect, 0);

    public void Dispose() => channel.Dispose();

    public override string ToString() => Address.Text;
}
